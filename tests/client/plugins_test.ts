/** Plugins on the client's side: the same files as in the broker, with the packet events. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { UserError } from "../../lib/user_error.ts";
import type { PluginContext } from "../../mod.ts";
import { captureLog } from "../support/clocked_broker.ts";
import { inlinePlugin } from "../support/inline_registry.ts";
import { DISCONNECT, publish } from "../support/raw_packets.ts";
import { errorOf, grant, settle, Stage } from "./stage.ts";

Deno.test("a plugin sees every packet of its client, and is disposed of with it", async () => {
  await using stage = new Stage();
  const seen: string[] = [];
  let context: PluginContext | undefined;
  const plugin = inlinePlugin((given) => {
    context = given;
    return {
      packetReceived: ({ packet, clientId }) => void seen.push(`${clientId} < ${packet.type}`),
      packetSent: ({ packet }) => void seen.push(`> ${packet.type}`),
      dispose: () => void seen.push("disposed"),
    };
  });
  const { client, broker } = await stage.connected({ client_id: "me", plugins: [plugin] });
  assertEquals(context?.side, "client");
  const subscribing = client.subscribe("a");
  await grant(broker);
  await subscribing;
  const messages = client.messages("a");
  await broker.send(publish("a", "x"));
  await messages.next();
  await settle(client, broker);
  context!.publish({ topicName: "from/plugin", payload: "hello", qos: 0 });
  assertEquals((await broker.expectPublish()).topic, "from/plugin");
  assert(context!.metrics.packetsReceived >= 4);
  await Promise.all([client.disconnect(), broker.expect(DISCONNECT).then(() => broker.close())]);
  assertEquals(seen, [
    "> connect",
    "me < connack",
    "> subscribe",
    "me < suback",
    "me < publish",
    "> pingreq",
    "me < pingresp",
    "> publish",
    "> disconnect",
    "disposed",
  ]);
});

Deno.test("the context works taken apart; its timers live by the client's clock and end with the plugin", async () => {
  await using stage = new Stage();
  const ticks: number[] = [];
  let startLate: (() => void) | undefined;
  const plugin = inlinePlugin(({ clock: { every, epoch }, clients, kick, rulesChanged }) => {
    rulesChanged();
    assertEquals([[...clients()], kick("nobody"), epoch() > 0], [[], false, true]);
    every(1000, () => ticks.push(ticks.length));
    startLate = () => void every(1000, () => ticks.push(-1));
    return {};
  });
  const { client, broker } = await stage.connected({ keep_alive: 0, plugins: [plugin] });
  stage.clock.advance(2000);
  assertEquals(ticks, [0, 1]);
  await Promise.all([client.disconnect(), broker.expect(DISCONNECT).then(() => broker.close())]);
  startLate!();
  stage.clock.advance(5000);
  assertEquals(ticks, [0, 1], "a plugin that is gone starts no timer");
});

Deno.test("packet_logger on the client's side", async () => {
  await using stage = new Stage();
  const log = captureLog("debug");
  const connection = { username: "u", password: "secret" };
  const { broker } = await stage.connected({
    client_id: "me",
    plugins: ["packet_logger"],
    connection,
  });
  const lines = log.filter((line) => line.includes("midge.client.plugins.packet_logger"));
  assertStringIncludes(lines[0]!, "sent connect");
  assertStringIncludes(lines[1]!, "received connack");
  assertEquals(log.join().includes("secret"), false);
  await broker.close();
});

Deno.test("a plugin that cannot be set up refuses connect, and nothing is opened", async () => {
  await using stage = new Stage();
  const plugin = inlinePlugin(() => {
    throw new Error("no luck");
  });
  const client = stage.client({ plugins: [plugin] });
  const error = await errorOf(client.connect());
  assert(error as unknown instanceof UserError);
  assertStringIncludes(error.message, "no luck");
  assertEquals(client.state, "closed");
});
