/**
 * What the clients of a round do while there is load: publish, take what comes, come and go. Invariants: all is drawn
 * from the client's own seed; each ends soon after the load does, and leaves what is open to be settled.
 */
import type { Random } from "../support/random.ts";
import type { Mark, Qos } from "./history.ts";
import type { Member } from "./member.ts";
import { delay, type World } from "./world.ts";

/** What a publisher publishes: numbered messages on topics of its own. */
export interface Topic {
  readonly name: string;
  readonly qos: Qos;
  readonly isRetained: boolean;
  last: number;
  /** The last one was empty, and took the retained value away. */
  isCleared: boolean;
}

/** Handshakes under way at a time; Midge and mosquitto take at least 20. */
const WINDOW = 16;

/** A new round begins: the retained values that stand, as if they had been published and acknowledged just now. */
export function restateRetained(
  client: string,
  { history }: World,
  topics: readonly Topic[],
): void {
  for (const { name: topic, qos, isRetained, last: sequence, isCleared: isClear } of topics) {
    if (!isRetained || sequence === 0) continue;
    history.add(client, { kind: "publish", topic, sequence, qos, isDuplicate: false, isClear });
    history.add(client, { kind: qos === 1 ? "puback" : "pubcomp", topic, sequence });
  }
}

/** Publishes in bursts, with a cut or a goodbye now and then. */
export async function publish(
  member: Member,
  world: World,
  random: Random,
  topics: readonly Topic[],
): Promise<void> {
  while (world.isLoading && !world.isOver) {
    await member.reconnect();
    const burst = 1 + random.below(8);
    for (let i = 0; i < burst && member.isIn && member.outbox.size < WINDOW; i++) {
      publishNext(member, random, topics);
    }
    const draw = random.below(150);
    if (draw === 0) await member.cut();
    else if (draw === 1) await leave(member, random);
    else await delay(random.below(6));
  }
}

function publishNext(member: Member, random: Random, topics: readonly Topic[]): void {
  const topic = random.pick(topics);
  const { name, qos, isRetained } = topic;
  const isClear = topic.isCleared = isRetained && random.oneIn(3);
  member.outbox.publish({ topic: name, sequence: ++topic.last, qos, isRetained, isClear });
}

/** The filters of a subscriber; no two of them match the same topic. */
export type Filters = readonly (readonly [filter: string, qos: Qos])[];

/** Takes what comes, changes subscriptions, holds acknowledgements back, and comes and goes. */
export async function subscribe(
  member: Member,
  world: World,
  random: Random,
  filters: Filters,
): Promise<void> {
  while (world.isLoading && !world.isOver) {
    await member.reconnect();
    member.inbox.release();
    await delay(10 + random.below(60));
    const draw = random.below(12);
    if (draw < 2) await member.cut();
    else if (draw < 4) await leave(member, random);
    else if (draw < 8) toggle(member, random, filters);
    else if (draw < 10) member.inbox.hold();
    if (!member.isIn) await delay(random.below(200));
  }
}

/** Its session is ended by a clean start again and again, and begun anew. */
export async function visit(
  member: Member,
  world: World,
  random: Random,
  filters: Filters,
  isKeptWhenClean: boolean,
): Promise<void> {
  while (world.isLoading && !world.isOver) {
    await member.reconnect();
    for (const [filter, qos] of filters) {
      if (!member.requests.confirmed.has(filter)) member.requests.toggle(filter, qos);
    }
    await delay(40 + random.below(150));
    await (random.oneIn(2) ? member.cut() : member.goodbye());
    if (random.oneIn(2)) continue;
    await member.reconnect({ clean: true, kept: isKeptWhenClean });
    await (random.oneIn(2) ? member.cut() : member.goodbye());
  }
}

/** A filter is taken back, or subscribed to again. */
function toggle(member: Member, random: Random, filters: Filters): void {
  if (!member.isIn) return;
  const [filter, qos] = random.pick(filters);
  member.requests.toggle(filter, qos);
}

async function leave(member: Member, random: Random): Promise<void> {
  await member.goodbye();
  await delay(random.below(100));
}

/** A will whose number rises with each connection. */
export interface Wills {
  readonly topic: string;
  last: number;
}

/** The next will. */
export function nextWill(wills: Wills): Mark {
  return { topic: wills.topic, sequence: ++wills.last };
}

/**
 * Connected with a will, with a cut or a goodbye now and then. `isFaithful`: it is back at once when the broker ends;
 * else it stays away.
 */
export async function haveWill(
  member: Member,
  world: World,
  random: Random,
  wills: Wills,
  { isFaithful, clean }: { isFaithful: boolean; clean: boolean },
): Promise<void> {
  const options = () => ({ clean, kept: !clean, will: nextWill(wills) });
  if (!member.isIn) await member.reconnect(options());
  while (world.isLoading && !world.isOver) {
    await delay(20);
    if (!member.isIn && !isFaithful) return;
    if (random.oneIn(40)) await member.cut();
    else if (random.oneIn(60)) await member.goodbye();
    if (!member.isIn) await member.reconnect(options());
  }
}
