/** Every event of aMQTT has its hook, fires in order and tells the truth; over real sockets. */
import { assert, assertEquals } from "@std/assert";
import type { Hooks, MessageView } from "../../mod.ts";
import { OBSERVING_HOOKS } from "../../lib/plugin/hooks.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import {
  connack,
  connect,
  DISCONNECT,
  puback,
  publish,
  subscribe,
  unsubscribe,
} from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

const show = ({ topicName, payload, qos, retain, origin }: MessageView) =>
  `${topicName}=${new TextDecoder().decode(payload)}/${qos}${retain ? "/r" : ""} of ${origin}`;

/** Every observing and life hook, one line a call. Packets only where asked for. */
function notes(lines: string[], packets = false): Hooks {
  const note = (line: string) => void lines.push(line);
  return {
    brokerStarting: () => note("starting"),
    brokerStarted: ({ listeners }) => note(`started ${listeners.map(({ name }) => name)}`),
    brokerStopping: () => note("stopping"),
    brokerStopped: () => note("stopped"),
    clientConnected: ({ client, sessionPresent }) =>
      note(`connected ${client.clientId} ${client.username} ${sessionPresent}`),
    clientDisconnected: ({ client, reason }) => note(`disconnected ${client.clientId}: ${reason}`),
    clientRefused: ({ client, returnCode, reason }) =>
      note(`refused ${client.clientId} ${returnCode}: ${reason}`),
    clientSubscribed: ({ client, topicFilter, qos }) =>
      note(`subscribed ${client.clientId} ${topicFilter} ${qos}`),
    clientUnsubscribed: ({ client, topicFilter }) =>
      note(`unsubscribed ${client.clientId} ${topicFilter}`),
    messageReceived: ({ client, message }) => note(`received ${client.clientId} ${show(message)}`),
    messageBroadcast: ({ client, message }) =>
      note(`broadcast ${client?.clientId} ${show(message)}`),
    messageRetained: ({ client, message }) => note(`retained ${client?.clientId} ${show(message)}`),
    messageQueued: ({ clientId, message }) => note(`queued ${clientId} ${show(message)}`),
    messageDropped: ({ clientId, message, reason }) =>
      note(`dropped ${clientId} ${show(message)}: ${reason}`),
    ...(packets && {
      packetReceived: ({ clientId, packet }) => note(`> ${clientId} ${packet.type}`),
      packetSent: ({ clientId, packet }) => note(`< ${clientId} ${packet.type}`),
    }),
    dispose: () => note("dispose"),
  };
}

Deno.test("a client's life: every event in order, with its fields", async () => {
  const lines: string[] = [];
  const it = await ClockedBroker.start({}, notes(lines, true));
  const { raw } = await it.open("c", { username: "u" });
  await raw.send(subscribe(1, ["a/+", 2], ["b", 0]));
  await raw.expectPacket("SUBACK");
  await raw.send(publish("a/1", "x", { qos: 1, id: 7, retain: true }));
  await raw.send(puback((await raw.expectPublish()).id));
  await raw.expect(puback(7));
  await raw.send(unsubscribe(2, "b", "never subscribed"), DISCONNECT);
  await raw.expectPacket("UNSUBACK");
  await raw.expectClosed();
  await it.broker.stop();
  assertEquals(lines, [
    "starting",
    "started default",
    "> undefined connect",
    "< c connack",
    "connected c u false",
    "> c subscribe",
    "< c suback",
    "subscribed c a/+ 2",
    "subscribed c b 0",
    "> c publish",
    "received c a/1=x/1/r of client",
    "retained c a/1=x/1/r of client",
    "< c publish",
    "broadcast c a/1=x/1/r of client",
    "< c puback",
    "> c puback",
    "> c unsubscribe",
    "unsubscribed c b",
    "< c unsuback",
    "> c disconnect",
    "disconnected c: disconnected by the client",
    "stopping",
    "stopped",
    "dispose",
  ]);
  await it[Symbol.asyncDispose]();
});

Deno.test("a message for who is absent, one too many, a denied one, the broker's own", async () => {
  const lines: string[] = [];
  await using it = await ClockedBroker.start({ max_queued_messages: 1 }, notes(lines), {
    authorize: ({ topic }) => topic === "no" ? "deny" : undefined,
  });
  const absent = await it.keep("absent");
  await absent.subscribed(["t", 1]);
  await absent.disconnect();
  lines.length = 0;
  const client = await it.open("c");
  await client.publish("t", "1", { qos: 1 });
  await client.publish("t", "2", { qos: 1 });
  await client.publish("no", "3", { qos: 1 });
  await client.publish("$SYS/x", "4", { qos: 1 });
  it.broker.publish({ topicName: "$SYS/y", payload: "5", retain: true });
  await client.publish("r", "", { qos: 0, retain: true });
  assertEquals(lines, [
    "connected c undefined false",
    "received c t=1/1 of client",
    "queued absent t=1/1 of client",
    "broadcast c t=1/1 of client",
    "received c t=2/1 of client",
    "dropped absent t=2/1 of client: queue full",
    "broadcast c t=2/1 of client",
    "received c no=3/1 of client",
    "dropped c no=3/1 of client: denied",
    "received c $SYS/x=4/1 of client",
    "dropped c $SYS/x=4/1 of client: $ topic",
    "retained undefined $SYS/y=5/0/r of broker",
    "broadcast undefined $SYS/y=5/0/r of broker",
    "received c r=/0/r of client",
    "retained c r=/0/r of client",
    "broadcast c r=/0/r of client",
  ]);
});

const REASONS: [does: string, act: (it: ClockedBroker) => unknown, reason: RegExp][] = [
  ["takeover", (it) => it.open("c"), /^session taken over$/],
  ["kick", (it) => it.broker.kick("c"), /^kicked$/],
  ["silence", (it) => it.clock.advance(91_000), /^keep-alive time-out$/],
  ["stop", (it) => it.broker.stop(), /^the broker stops$/],
];

for (const [does, act, reason] of REASONS) {
  Deno.test(`clientDisconnected tells the reason: ${does}`, async () => {
    const lines: string[] = [];
    await using it = await ClockedBroker.start({}, notes(lines));
    await (await it.open("c")).ping();
    await act(it);
    await until(() => lines.some((line) => line.startsWith("disconnected")), "the event");
    const [line] = lines.filter((one) => one.startsWith("disconnected c: "));
    assert(reason.test(line!.slice("disconnected c: ".length)), line);
  });
}

Deno.test("clientDisconnected tells what the client did wrong", async () => {
  const lines: string[] = [];
  await using it = await ClockedBroker.start({}, notes(lines));
  const client = await it.open("c");
  await client.raw.sendAnyway(Uint8Array.of(0x32, 0));
  await client.raw.readToEnd();
  assertEquals(lines.at(-1), "disconnected c: packet ends within topic name [2.2.3]");
});

Deno.test("clientRefused tells code and reason; nothing else fires for that client", async () => {
  const lines: string[] = [];
  await using it = await ClockedBroker.start({}, notes(lines), {
    authenticate: () => ({ result: "deny", because: "line 3" }),
  });
  const client = await it.dial();
  await client.send(connect({ clientId: "c", username: "u", password: "secret" }));
  await client.expect(connack(false, 4));
  await client.expectClosed();
  assertEquals(lines.length, 3);
  assert(/^refused c 4: file:.*inline_plugin.ts\?\d+: line 3$/.test(lines[2]!), lines[2]);
  assert(!it.log.join("\n").includes("secret"));
});

Deno.test("whether packets are observed changes nothing for the client", async () => {
  const conversation = async (packets: boolean) => {
    await using it = await ClockedBroker.start({}, notes([], packets));
    const answers: Uint8Array[] = [];
    for (
      const bytes of [
        connect({ clientId: "c", level: 6 }),
        connect({ clientId: "c", name: "MQXX" }),
        Uint8Array.of(0x10, 2, 0, 4),
        Uint8Array.of(0xc0, 0),
      ]
    ) {
      const client = await it.dial();
      await client.sendAnyway(bytes);
      answers.push(await client.readToEnd());
    }
    const { raw } = await it.open("c");
    await raw.sendAnyway(publish(Uint8Array.of(0xff), "x", { qos: 1 }));
    answers.push(await raw.readToEnd());
    return answers;
  };
  const plain = await conversation(false);
  assertEquals(plain[0], connack(false, 1));
  assertEquals(await conversation(true), plain);
});

Deno.test("an observer that throws or rejects is logged by name, and the others still hear", async () => {
  const heard: string[] = [];
  const failing = Object.fromEntries(OBSERVING_HOOKS.map((name, i) => [name, () => {
    if (i % 2 === 0) throw new Error(`${name} is broken`);
    return Promise.reject(new Error(`${name} is broken`));
  }])) as Hooks;
  await using it = await ClockedBroker.start({}, failing, {
    clientConnected: () => void heard.push("connected"),
    messageReceived: () => void heard.push("received"),
  });
  const client = await it.open("c");
  await client.subscribed(["t", 0]);
  await client.publish("t", "x", { qos: 1, retain: true });
  await client.gets("x/0");
  await client.unsubscribe("t");
  await client.disconnect();
  assertEquals(heard, ["connected", "received"]);
  for (
    const name of ["clientConnected", "packetSent", "messageReceived", "clientUnsubscribed"]
  ) {
    const lines = it.logged(`hook ${name} failed: ${name} is broken`);
    assert(lines.length > 0 && lines[0]!.includes("inline_plugin.ts"), name);
  }
});

Deno.test("a life hook that fails is logged, and the start and the stop go on", async () => {
  await using it = await ClockedBroker.start({}, {
    brokerStarting: () => Promise.reject(new Error("one")),
    brokerStarted() {
      throw new Error("two");
    },
    brokerStopping: () => Promise.reject(new Error("three")),
  });
  await (await it.open("c")).ping();
  await it.broker.stop();
  for (const text of ["brokerStarting failed: one", "brokerStarted failed: two", "failed: three"]) {
    assertEquals(it.logged(text).length, 1, text);
  }
});

Deno.test("what hooks publish is delivered, also from within a delivery, and an endless echo ends", async () => {
  await using it = await ClockedBroker.start({}, (context) => ({
    messageBroadcast({ message }) {
      if (message.topicName.startsWith("echo")) {
        context.publish({ topicName: `${message.topicName}o`, payload: message.payload });
      }
    },
  }));
  const client = await it.open("c");
  await client.subscribed(["echooo", 0]);
  await client.publish("echo", "x", { qos: 1 });
  await client.gets("x/0");
  await client.ping();
});

Deno.test("a message view can be read during the call, whatever its layout", async () => {
  const payloads: string[] = [];
  await using it = await ClockedBroker.start({}, {
    messageReceived: ({ message }) => void payloads.push(new TextDecoder().decode(message.payload)),
    messageBroadcast: ({ message }) => void payloads.push(String(message.payload.length)),
  });
  const client = await it.open("c");
  for (const qos of [0, 1, 2]) await client.publish("t", `q${qos}`, { qos });
  assertEquals(payloads, ["q0", "2", "q1", "2", "q2", "2"]);
});
