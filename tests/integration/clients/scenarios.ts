/**
 * What is tried with every foreign client at every QoS, written once. Run by clients_test.ts, one
 * test a row. Invariant: a scenario uses topics under its own prefix, so that retained messages of
 * one never reach another; that nothing more arrives is shown by a last message that does.
 */
import { assertEquals } from "@std/assert";
import type { QoS } from "../../../lib/wire/packets.ts";
import type { BrokerAddress } from "../../support/raw_client.ts";
import type { Driver, Listener, ListenOptions, Message } from "./driver.ts";

/** What a scenario has to work with. */
export interface Stage {
  readonly driver: Driver;
  readonly broker: BrokerAddress;
  readonly qos: QoS;
  /** Unique to this run of the scenario: begins every topic and client id. */
  readonly prefix: string;
}

/** One row of the table. */
export interface Scenario {
  readonly title: string;
  run(stage: Stage): Promise<void>;
}

/** Messages enough to need more than one packet id and to show a wrong order. */
const SEVERAL = 12;
/** Bytes: many reads long, and more than a client may have waiting by default (max_write_backlog). */
const LARGE = 300_000;

export const SCENARIOS: readonly Scenario[] = [
  { title: "messages arrive once and in order", run: inOrder },
  { title: "an empty, a multi-byte and a large payload arrive unchanged", run: payloads },
  { title: "wildcards match what they should and nothing else", run: wildcards },
  { title: "a retained message waits for a late subscriber until it is removed", run: retained },
  { title: "a will is published when the client vanishes", run: willOfVanished },
  { title: "no will is published when the client leaves", run: noWillOfLeaver },
  { title: "a persistent session keeps its subscription and its queue", run: offlineQueue },
];

async function inOrder(stage: Stage): Promise<void> {
  const topic = `${stage.prefix}/order`;
  const messages = Array.from({ length: SEVERAL }, (_, i) => message(stage, topic, `number ${i}`));
  await withListener(stage, { topicFilters: [topic] }, async (listener) => {
    await stage.driver.publish(stage.broker, messages);
    await assertArrive(listener, messages);
  });
}

async function payloads(stage: Stage): Promise<void> {
  const topic = `${stage.prefix}/payload`;
  const texts = ["", "Füße, 温度, 🌡", "x".repeat(LARGE)];
  const messages = texts.map((text) => message(stage, topic, text));
  await withListener(stage, { topicFilters: [topic] }, async (listener) => {
    await stage.driver.publish(stage.broker, messages);
    await assertArrive(listener, messages);
  });
}

async function wildcards(stage: Stage): Promise<void> {
  const at = (name: string) => message(stage, `${stage.prefix}/${name}`, name);
  const topicFilters = [`${stage.prefix}/+/state`, `${stage.prefix}/deep/#`];
  await withListener(stage, { topicFilters }, async (listener) => {
    const sent = ["one/state", "one/two/state", "one/states", "deep", "deep/er/still", "deeper"];
    await stage.driver.publish(stage.broker, [...sent.map(at), at("last/state")]);
    const matching = ["one/state", "deep", "deep/er/still", "last/state"];
    await assertArrive(listener, matching.map(at));
  });
}

async function retained(stage: Stage): Promise<void> {
  const topic = `${stage.prefix}/kept`;
  const first = { ...message(stage, topic, "first"), retain: true };
  const second = { ...first, payload: "second" };
  const removal = { ...first, payload: "" };
  const fence = message(stage, `${stage.prefix}/fence`, "fence");
  const topicFilters = [`${stage.prefix}/#`];

  await stage.driver.publish(stage.broker, [first]);
  await withListener(stage, { topicFilters }, async (listener) => {
    await assertArrive(listener, [first]);
    await stage.driver.publish(stage.broker, [second]);
    // To a subscription that was there already, the flag is 0 [MQTT-3.3.1-9].
    await assertArrive(listener, [{ ...second, retain: false }]);
  });
  await withListener(stage, { topicFilters }, (listener) => assertArrive(listener, [second]));
  await stage.driver.publish(stage.broker, [removal]);
  await withListener(stage, { topicFilters }, async (listener) => {
    await stage.driver.publish(stage.broker, [fence]);
    await assertArrive(listener, [fence]);
  });
}

async function willOfVanished(stage: Stage): Promise<void> {
  const will = message(stage, `${stage.prefix}/will`, "gone");
  const mortal = { ...someone(stage, "mortal", [`${stage.prefix}/other`]), will };
  await withListener(stage, { topicFilters: [will.topic] }, async (witness) => {
    const doomed = await stage.driver.listen(stage.broker, mortal);
    await doomed.vanish();
    await assertArrive(witness, [will]);
  });
}

async function noWillOfLeaver(stage: Stage): Promise<void> {
  const will = message(stage, `${stage.prefix}/will`, "gone");
  const fence = message(stage, will.topic, "fence");
  const polite = { ...someone(stage, "polite", [`${stage.prefix}/other`]), will };
  await withListener(stage, { topicFilters: [will.topic] }, async (witness) => {
    const leaver = await stage.driver.listen(stage.broker, polite);
    await leaver.leave();
    await stage.driver.publish(stage.broker, [fence]);
    await assertArrive(witness, [fence]);
  });
}

async function offlineQueue(stage: Stage): Promise<void> {
  const topic = `${stage.prefix}/queue`;
  const options = { ...someone(stage, "sleeper", [topic]), cleanSession: false };
  const missed = Array.from({ length: SEVERAL }, (_, i) => message(stage, topic, `missed ${i}`));
  const fence = message(stage, topic, "fence");

  const before = await stage.driver.listen(stage.broker, options);
  await before.leave();
  await stage.driver.publish(stage.broker, missed);
  const after = await stage.driver.listen(stage.broker, { ...options, resumed: true });
  await leaving(after, async () => {
    await stage.driver.publish(stage.broker, [fence]);
    // At QoS 0 nothing is promised to those who are away, but the subscription lives on.
    await assertArrive(after, stage.qos === 0 ? [fence] : [...missed, fence]);
  });
  await forget(stage, options);
}

/** A clean session under the same client id ends the persistent one. */
async function forget(stage: Stage, options: ListenOptions): Promise<void> {
  const last = await stage.driver.listen(stage.broker, { ...options, cleanSession: true });
  await last.leave();
}

function message(stage: Stage, topic: string, payload: string): Message {
  return { topic, payload, qos: stage.qos, retain: false };
}

function someone(stage: Stage, role: string, topicFilters: string[]): ListenOptions {
  const clientId = `${stage.prefix.replaceAll("/", "-")}-${role}`;
  return { clientId, cleanSession: true, topicFilters, qos: stage.qos };
}

/** Runs the body with a subscribed client, and disconnects it whatever happens. */
async function withListener(
  stage: Stage,
  options: { topicFilters: string[] },
  body: (listener: Listener) => Promise<void>,
): Promise<void> {
  const whole = someone(stage, "listener", options.topicFilters);
  const listener = await stage.driver.listen(stage.broker, whole);
  await leaving(listener, () => body(listener));
}

async function leaving(listener: Listener, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    await listener.vanish();
    throw error;
  }
  await listener.leave();
}

async function assertArrive(listener: Listener, expected: readonly Message[]): Promise<void> {
  for (const message of expected) {
    const { payload, ...rest } = await listener.next();
    const { payload: expectedPayload, ...expectedRest } = message;
    assertEquals({ payload: brief(payload), ...rest }, {
      payload: brief(expectedPayload),
      ...expectedRest,
    });
    assertEquals(payload === expectedPayload, true, "the payload changed on its way");
  }
}

/** Megabytes are of no use in a failure's message. */
function brief(payload: string): string {
  return payload.length <= 60 ? payload : `${payload.slice(0, 60)}... (${payload.length})`;
}
