/** Connections of users who have proven who they are where they came in: what CONNECT may still say, and what not. */
import { assertEquals } from "@std/assert";
import type { BrokerOptions, PluginContext } from "../../mod.ts";
import type { ProvenUser } from "../../lib/plugin/management.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { FakeStream } from "../support/fake_stream.ts";
import { TempFolder } from "../support/midge_process.ts";
import { inlinePlugin } from "../support/inline_registry.ts";
import { pagePlugin } from "../support/page_plugin.ts";
import {
  connack,
  connect,
  puback,
  publish,
  type RawConnect,
  suback,
  subscribe,
  toHex,
} from "../support/raw_packets.ts";
import { connect5 } from "../support/raw_packets5.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";
import { until } from "../support/until.ts";

const ANN = { username: "ann", superuser: false };

/** A broker that no one enters by a password. */
async function start(options: BrokerOptions = {}) {
  let context: PluginContext | undefined;
  const plugin = inlinePlugin((given) => {
    context = given;
    return { authenticate: () => "deny" };
  });
  const plugins = { auth_anonymous: null, [plugin]: null, ...options.plugins as object };
  const it = await ClockedBroker.start({ ...options, plugins });
  return Object.assign(it, {
    enter(user: ProvenUser | undefined, first: Uint8Array, until?: AbortSignal) {
      const stream = new FakeStream();
      const peer = { address: "192.0.2.7", ...(user && { user }), until };
      const served = context!.accept!(stream, peer);
      stream.give(first);
      return { stream, served, says: (...parts: Uint8Array[]) => wrote(stream, parts) };
    },
  });
}

function wrote({ written }: FakeStream, parts: Uint8Array[]): Promise<void> {
  const wanted = parts.map((part) => toHex(part)).join(" ");
  const got = () => toHex(Uint8Array.from(written));
  return until(() => got() === wanted, wanted).catch(() => assertEquals(got(), wanted));
}

const as = (options: RawConnect = {}) => connect({ clientId: "c", ...options });

Deno.test("CONNECT's username and password are not looked at, and no source is asked", async () => {
  await using it = await start();
  const page = it.enter(ANN, as({ username: "eve", password: "x" }));
  await page.says(connack(false, 0));
  const [client] = it.broker.clients;
  assertEquals([client?.username, client?.superuser, client?.anonymous], ["ann", false, false]);
  const other = it.enter({ username: "root", superuser: true }, as({ clientId: "d" }));
  await other.says(connack(false, 0));
  const root = it.broker.clients.find(({ clientId }) => clientId === "d");
  assertEquals([root?.username, root?.superuser], ["root", true]);
  const stranger = it.enter(undefined, as({ clientId: "e", username: "eve", password: "x" }));
  await stranger.says(connack(false, 4));
});

Deno.test("rules hold for the user, and not for a superuser", async () => {
  const rules = [
    { permission: "allow", user: "ann", action: "subscribe", topics: ["own/%u"] },
    { permission: "deny", all: true },
  ];
  await using it = await start({ plugins: { acl_file: { rules } } });
  const ask = (id: number) => [subscribe(id, ["own/ann", 0]), subscribe(id + 1, ["other", 0])];
  const page = it.enter(ANN, as());
  page.stream.give(...ask(1));
  await page.says(connack(false, 0), suback(1, 0), suback(2, 0x80));
  const root = it.enter({ username: "root", superuser: true }, as({ clientId: "d" }));
  root.stream.give(...ask(1));
  await root.says(connack(false, 0), suback(1, 0), suback(2, 0));
});

Deno.test("a ban of the user or of the client holds", async () => {
  await using folder = new TempFolder();
  await using it = await start({ data_dir: folder.path });
  await it.broker.bans.add({ username: "ann" });
  await it.enter(ANN, as()).says(connack(false, 5));
  await it.enter({ username: "bob", superuser: false }, as({ username: "ann" })).says(
    connack(false, 0),
  );
});

Deno.test("the session of another user is not taken over where takeover is same_user", async () => {
  await using it = await start({ takeover: "same_user" });
  const bob = it.enter({ username: "bob", superuser: false }, as({ cleanSession: false }));
  await bob.says(connack(false, 0));
  await it.enter(ANN, as({ cleanSession: false })).says(connack(false, 2));
  assertEquals(it.broker.clients.map(({ username }) => username), ["bob"]);
  const again = it.enter({ username: "bob", superuser: false }, as({ cleanSession: false }));
  await again.says(connack(true, 0));
});

Deno.test("no authentication method is agreed to", async () => {
  await using it = await start();
  const methods = connect5({
    clientId: "c",
    properties: { authenticationMethod: "SCRAM-SHA-256" },
  });
  const page = it.enter(ANN, methods);
  await until(() => page.stream.closeCount > 0, "the end");
  assertEquals(page.stream.written.slice(0, 1).concat(page.stream.written[3]!), [0x20, 0x8c]);
  assertEquals(it.broker.clients, []);
});

Deno.test("a page's WebSocket, handed to the broker: messages go both ways, by the user's rules", async () => {
  const rules = [
    { permission: "allow", user: "ann", action: "all", topics: ["room/#"] },
    { permission: "deny", all: true },
  ];
  const page = pagePlugin({ bind: "127.0.0.1:0" }, ({ address }) => ({
    acceptAs: { address, user: ANN, transport: "ws" },
  }));
  const plugins = { auth_anonymous: null, acl_file: { rules }, page: page.plugin };
  await using it = await ClockedBroker.start({
    plugins: plugins as BrokerOptions["plugins"] & object,
  });
  const address = { hostname: "127.0.0.1", port: page.server!.port, path: "/mqtt" };
  await using socket = await RawWebSocket.dial(address, "mqtt");
  await socket.send(as());
  await socket.expect(connack(false, 0));
  await socket.send(subscribe(1, ["room/a", 1]));
  await socket.expect(suback(1, 1));
  await socket.send(publish("room/a", "hello", { qos: 1, id: 7 }));
  await socket.expect(publish("room/a", "hello", { qos: 1, id: 1 }), puback(7));
  const [client] = it.broker.clients;
  assertEquals(
    [client?.username, client?.transport, client?.listener, client?.address],
    ["ann", "ws", "page", "127.0.0.1"],
  );
  await it.broker.stop();
  await socket.expectClosed();
});

Deno.test("a connection ends when what proved its user holds no longer", async () => {
  await using it = await start();
  const aborter = new AbortController();
  const page = it.enter(ANN, as(), aborter.signal);
  await page.says(connack(false, 0));
  aborter.abort();
  await page.served;
  assertEquals(it.broker.clients.length, 0);
  await it.enter(ANN, as(), AbortSignal.abort()).served;
  assertEquals(it.broker.clients.length, 0);
});

Deno.test("who may only look publishes nothing, by PUBLISH or will, a superuser neither", async () => {
  await using it = await start();
  const watcher = it.enter({ username: "root", superuser: true }, as({ clientId: "w" }));
  watcher.stream.give(subscribe(1, ["#", 0]));
  await watcher.says(connack(false, 0), suback(1, 0));
  for (const superuser of [false, true]) {
    const viewer = { username: `viewer ${superuser}`, superuser, isReadOnly: true };
    const page = it.enter(viewer, as({ will: { topic: "will", payload: "x", retain: true } }));
    page.stream.give(subscribe(1, ["a", 0]), publish("a", "x", { qos: 1, id: 2, retain: true }));
    await page.says(connack(false, 0), suback(1, 0), puback(2));
    page.stream.end();
    await page.served;
  }
  const root = it.enter({ username: "root", superuser: true }, as({ clientId: "d" }));
  root.stream.give(publish("end", "x", { qos: 1, id: 1 }));
  await root.says(connack(false, 0), puback(1));
  await watcher.says(connack(false, 0), suback(1, 0), publish("end", "x"));
});
