/**
 * Midge is restarted under zigbee2mqtt and a subscriber that behaves as Home Assistant: whatever they could see is as it was.
 * install.sh installs zigbee2mqtt; without it the test is skipped and says so.
 */
import { assert, assertEquals } from "@std/assert";
import { Party, type Sent } from "../../support/mixed_party.ts";
import { optionalTest } from "../../support/optional.ts";
import {
  connect,
  DISCONNECT,
  parsePublish,
  PINGREQ,
  subscribe,
} from "../../support/raw_packets.ts";
import { MISSING, startZigbee2mqtt } from "./programs.ts";
import { RestartedMidge } from "./restarted_midge.ts";
import { PATIENCE_MS } from "../../support/patience.ts";

const STATE = "zigbee2mqtt/bridge/state";
const STATUS = "homeassistant/status";
const LAMP = "lamp/status";
/** Longer than zigbee2mqtt takes to come back to a busy machine, shorter than a test waits for a packet. */
const GRACE = "20s";
/** Retained topics of a bridge without devices. */
const LEAST_TOPICS = 14;
const PINGRESP_TYPE = 13;
/** zigbee2mqtt is there and hears what it is asked. */
const SUBSCRIBED = /clientSubscribed client=zigbee2mqtt topicFilter="?zigbee2mqtt\/#/;

/** Every retained message, its PUBLISH byte for byte, by topic. */
async function retained(midge: RestartedMidge, filter = "#"): Promise<Map<string, Uint8Array>> {
  const raw = await midge.dial();
  await raw.send(connect({ clientId: "collector" }));
  await raw.expectPacket("CONNACK");
  await raw.send(subscribe(1, [filter, 0]));
  await raw.expectPacket("SUBACK");
  await raw.send(PINGREQ);
  const found = new Map<string, Uint8Array>();
  for (;;) {
    const packet = await raw.nextPacket();
    if (packet === undefined) throw new Error("the connection has ended");
    if (packet.type === PINGRESP_TYPE) break;
    const { topic, retain } = parsePublish(packet);
    if (retain) found.set(topic, packet.bytes.slice());
  }
  await raw.send(DISCONNECT);
  await raw.close();
  return found;
}

/** Connects as Home Assistant: a will, a subscription for discovery, a birth message. */
async function homeAssistant(midge: RestartedMidge): Promise<void> {
  const status = { topic: STATUS, qos: 0, retain: true };
  const will = { ...status, payload: "offline" };
  const party = await Party.open(midge, "homeassistant", 4, { will });
  await party.subscribe("homeassistant/+/+/config", 0);
  await party.subscribe("homeassistant/+/+/+/config", 0);
  assertEquals((await party.next()).retain, true);
  await party.publish({ ...status, qos: 1, payload: "online" });
}

/** Comes back to its session, and reads up to the message of this topic and payload, in whatever order. */
async function readUpTo(midge: RestartedMidge, last: Pick<Sent, "topic" | "payload">) {
  const watcher = await Party.open(midge, "watcher", 5, { keep: true });
  assert(watcher.sessionPresent);
  const seen: string[] = [];
  for (;;) {
    const { topic, payload } = await watcher.next();
    seen.push(`${topic} ${payload}`);
    if (topic === last.topic && payload === last.payload) break;
  }
  await watcher.leave();
  return seen;
}

/** That anyone may connect is said at each start. */
function isTrouble(line: string): boolean {
  return / (warn|error)/i.test(line) && !line.includes("anyone may connect");
}

async function isAtWork(midge: RestartedMidge): Promise<void> {
  const asking = await Party.open(midge, "asking", 4);
  await asking.subscribe("zigbee2mqtt/bridge/response/#", 1);
  await asking.publish({ topic: "zigbee2mqtt/bridge/request/health_check", payload: "", qos: 1 });
  assertEquals(JSON.parse((await asking.next()).payload).status, "ok");
  await asking.leave();
}

optionalTest(
  MISSING,
  "Midge restarts, and is killed, under zigbee2mqtt and Home Assistant: they see nothing of it",
  async (t) => {
    await using midge = new RestartedMidge();
    await midge.start({ willGrace: GRACE });
    await using program = startZigbee2mqtt({
      server: `mqtt://127.0.0.1:${midge.port}`,
      version: 5,
      client_id: "zigbee2mqtt",
      base_topic: "zigbee2mqtt",
    });
    const deadline = performance.now() + PATIENCE_MS;
    let before = await retained(midge);
    while (before.size < LEAST_TOPICS) {
      assert(performance.now() < deadline, `retained: ${[...before.keys()]}`);
      before = await retained(midge);
    }
    const watcher = await Party.open(midge, "watcher", 5, { keep: true });
    for (const topic of [STATE, STATUS, LAMP]) await watcher.subscribe(topic, 1);
    assertEquals((await watcher.next()).payload, '{"state":"online"}');
    await watcher.leave();
    await homeAssistant(midge);

    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      await t.step(signal, async () => {
        const will = { topic: LAMP, payload: signal, qos: 1 };
        await Party.open(midge, "lamp", 4, { will });
        before = await retained(midge);
        await midge.end(signal);
        await midge.start({ willGrace: GRACE });
        assertEquals(await retained(midge), before);
        await homeAssistant(midge);
        await midge.line(SUBSCRIBED); // its session is clean: what it is asked before, it never hears
        await isAtWork(midge);
        // The lamp has not come back: when its will comes, those of the others would have come too.
        const seen = await readUpTo(midge, { topic: LAMP, payload: signal });
        assertEquals(seen.filter((line) => line.includes("offline")), []);
        assertEquals(await retained(midge), before);
        assertEquals(midge.log.filter(isTrouble), []);
      });
    }

    await t.step("both are killed, and the bridge does not come back", async () => {
      before = await retained(midge);
      await midge.end("SIGKILL");
      await program.kill();
      await midge.start({ willGrace: GRACE });
      assertEquals(await retained(midge), before);
      await homeAssistant(midge);
      await readUpTo(midge, { topic: STATE, payload: '{"state":"offline"}' });
      const after = await retained(midge);
      const others = (all: Map<string, Uint8Array>) =>
        [...all].filter(([topic]) => topic !== STATE);
      assertEquals(others(after), others(before));
      assert(new TextDecoder().decode(after.get(STATE)).endsWith('{"state":"offline"}'));
    });
  },
);
