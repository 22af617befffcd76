/** What event_logger says at which level. */
import { assertEquals } from "@std/assert";
import type { Hooks } from "../../mod.ts";
import eventLogger from "../../plugins/event_logger.ts";
import { HOOKS, makeObservers } from "../../lib/plugin/hooks.ts";
import { fakeClient, fakeMessage, PluginHarness } from "../support/plugin_harness.ts";

const client = fakeClient({ username: "alice" });
const message = fakeMessage({ qos: 1 });

/** Every observing hook with an event and the fields that must be logged. */
const EVENTS: { [Name in keyof Hooks]?: [unknown, Record<string, unknown>] } = {
  brokerStarting: [{}, {}],
  brokerStarted: [
    { listeners: [{ name: "default", type: "tcp", address: "0.0.0.0:1883", port: 1883 }] },
    { listeners: ["default"] },
  ],
  brokerReloading: [{}, {}],
  brokerStopping: [{}, {}],
  brokerStopped: [{}, {}],
  clientConnected: [{ client, sessionPresent: false }, {
    client: "c1",
    username: "alice",
    address: "192.0.2.7:51234",
    listener: "default",
    cleanSession: true,
    sessionPresent: false,
    keepAlive: 60,
  }],
  clientDisconnected: [{ client: fakeClient(), reason: "keep-alive" }, {
    client: "c1",
    address: "192.0.2.7:51234",
    listener: "default",
    reason: "keep-alive",
  }],
  clientRefused: [{ client, returnCode: 4, reason: "wrong password" }, {
    client: "c1",
    username: "alice",
    address: "192.0.2.7:51234",
    listener: "default",
    returnCode: 4,
    reason: "wrong password",
  }],
  clientSubscribed: [
    { client, topicFilter: "a/#", qos: 1 },
    { client: "c1", topicFilter: "a/#", qos: 1 },
  ],
  clientUnsubscribed: [{ client, topicFilter: "a/#" }, { client: "c1", topicFilter: "a/#" }],
  messageReceived: [{ client, message }, {
    client: "c1",
    topicName: "a/b",
    qos: 1,
    retain: false,
    bytes: 5,
  }],
  messageBroadcast: [{ client: undefined, message }, {
    topicName: "a/b",
    qos: 1,
    retain: false,
    bytes: 5,
  }],
  messageRetained: [{ client, message }, {
    client: "c1",
    topicName: "a/b",
    qos: 1,
    retain: false,
    bytes: 5,
  }],
  messageQueued: [{ clientId: "c2", message }, {
    client: "c2",
    topicName: "a/b",
    qos: 1,
    retain: false,
    bytes: 5,
  }],
  messageDropped: [{ clientId: "c2", message, reason: "queue full" }, {
    client: "c2",
    topicName: "a/b",
    qos: 1,
    retain: false,
    bytes: 5,
    reason: "queue full",
  }],
  packetReceived: [
    { clientId: "c1", packet: { type: "pingreq" } },
    { client: "c1", packet: "pingreq" },
  ],
  packetSent: [
    { clientId: undefined, packet: { type: "connack" } },
    { packet: "connack" },
  ],
};

Deno.test("event_logger at debug: one line for every event there is", async (t) => {
  const harness = new PluginHarness();
  const hooks = await harness.setUp(eventLogger);
  const observing = Object.entries(HOOKS)
    .filter(([, kind]) => kind === "life" || kind === "observing")
    .map(([name]) => name).sort();
  assertEquals(Object.keys(hooks).sort(), [...observing, "observes"].sort());
  assertEquals(Object.keys(EVENTS).sort(), observing);
  for (const [name, [event, properties]] of Object.entries(EVENTS)) {
    await t.step(name, () => {
      (hooks[name as keyof Hooks] as (event: unknown) => void)(event);
      const quiet = name === "clientConnected" || name === "clientDisconnected";
      const level = quiet ? "info" : "debug";
      assertEquals(harness.lines.at(-1), { level, message: name, properties });
    });
  }
  assertEquals(harness.lines.length, observing.length);
});

/** What is called of the plugin at the harness' level, as hooks are put to use now. */
async function observedBy(harness: PluginHarness) {
  const hooks = await harness.setUp(eventLogger);
  const { logger } = harness.context;
  return () => makeObservers([{ name: "event_logger", logger, hooks }]);
}

/** The names of the hooks that are called. */
function namesOf(observers: object): string[] {
  return Object.entries(observers).filter(([, run]) => run !== undefined).map(([name]) => name);
}

Deno.test("event_logger is not called for what would not be printed", async () => {
  const names = async (level: "info" | "warning") =>
    namesOf((await observedBy(new PluginHarness({ level })))()).sort();
  assertEquals(await names("info"), ["clientConnected", "clientDisconnected"]);
  assertEquals(await names("warning"), []);
});

Deno.test("event_logger follows the log level of a reload", async () => {
  const harness = new PluginHarness({ level: "warning" });
  const observers = await observedBy(harness);
  assertEquals(observers().clientSubscribed, undefined);
  harness.level = "debug";
  observers().clientSubscribed?.({ client, topicFilter: "a/#", qos: 1 });
  assertEquals(harness.messages("debug"), ["clientSubscribed"]);
});

Deno.test("event_logger: clients of MQTT 5 with their version and its codes", async () => {
  const harness = new PluginHarness();
  const hooks = await harness.setUp(eventLogger);
  const five = fakeClient({ protocolLevel: 5 });
  hooks.clientConnected?.({ client: five, sessionPresent: false });
  const reason = "no source knows the authentication method X";
  hooks.clientRefused?.({ client: five, returnCode: 5, code: 0x8c, reason });
  const peer = { client: "c1", address: "192.0.2.7:51234", listener: "default", protocolLevel: 5 };
  assertEquals(harness.lines.map(({ properties }) => properties), [
    { ...peer, cleanSession: true, sessionPresent: false, keepAlive: 60 },
    { ...peer, code: 0x8c, reason },
  ]);
});
