/**
 * The clients of a run: publishers, subscribers, visitors, wills and who sees them. Invariant: they and their numbers
 * go on from round to round, as the broker's store does.
 */
import { Random } from "../support/random.ts";
import {
  type Filters,
  haveWill,
  publish,
  restateRetained,
  subscribe,
  type Topic,
  visit,
} from "./drivers.ts";
import type { Qos } from "./history.ts";
import { Member } from "./member.ts";
import type { World } from "./world.ts";

/** The client whose subscription shows the wills. */
export const OBSERVER = "observer";

/** Some of the load: a client and what it does while there is load. */
interface Role {
  readonly member: Member;
  /** Not connected again for the end of the round: its will is to come. */
  readonly isGone: boolean;
  /** What stands at the beginning of a round. */
  restate(): void;
  play(random: Random): Promise<void>;
}

/** How many of each there are. */
export interface Size {
  readonly publishers: number;
  readonly subscribers: number;
}

/** All clients of a run. */
export class Cast {
  readonly #world: World;
  readonly #roles: Role[] = [];
  readonly observer: Member;

  constructor(world: World, { publishers, subscribers }: Size) {
    this.#world = world;
    const names = Array.from({ length: publishers }, (_, i) => `p${i}`);
    names.forEach((name, i) => this.#addPublisher(name, levelOf(i)));
    for (let i = 0; i < subscribers; i++) this.#addSubscriber(i, names);
    this.#addVisitor("v4", 4, names);
    this.#addVisitor("v5", 5, names);
    this.#addWills();
    this.observer = this.#addMember(
      { name: OBSERVER, level: 4 },
      (member, random) => watchWills(member, world, random),
    );
  }

  /** The clients of sessions that are to get all that is owed to them. */
  get members(): Member[] {
    return this.#roles.filter(({ isGone }) => !isGone).map(({ member }) => member);
  }

  /** A new round begins. */
  restate(): void {
    for (const role of this.#roles) role.restate();
  }

  /** All do their part as long as there is load. */
  async play(seed: number): Promise<void> {
    await Promise.all(this.#roles.map((role, i) => role.play(new Random(seed * 1000 + i))));
  }

  /** Everyone is gone, without a word. */
  async leave(): Promise<void> {
    await Promise.all(this.#roles.map(({ member }) => member.cut()));
  }

  #addMember(
    identity: ConstructorParameters<typeof Member>[0],
    play: (member: Member, random: Random) => Promise<void>,
    isGone = false,
    topics: readonly Topic[] = [],
  ): Member {
    const member = new Member(identity, this.#world);
    const restate = () => {
      member.restate();
      restateRetained(member.name, this.#world, topics);
    };
    this.#roles.push({ member, isGone, restate, play: (random) => play(member, random) });
    return member;
  }

  #addPublisher(name: string, level: 4 | 5): void {
    const none = { last: 0, isCleared: false };
    const topics: Topic[] = ([1, 2] as const).flatMap((qos: Qos) => [
      { name: `t/${name}/${qos}`, qos, isRetained: false, ...none },
      { name: `t/${name}/${qos}/b`, qos, isRetained: false, ...none },
      { name: `r/${name}/${qos}`, qos, isRetained: true, ...none },
    ]);
    const play = (member: Member, random: Random) => publish(member, this.#world, random, topics);
    this.#addMember({ name, level }, play, false, topics);
  }

  #addSubscriber(index: number, publishers: readonly string[]): void {
    const filters = filtersOf(index, publishers);
    const narrow = index % 4 === 1 ? { receiveMaximum: 10 } : {};
    const identity = { name: `s${index}`, level: levelOf(index), ...narrow };
    const play = (member: Member, random: Random) =>
      subscribe(member, this.#world, random, filters);
    const member = this.#addMember(identity, play);
    for (const [filter, qos] of filters) member.requests.toggle(filter, qos);
  }

  #addVisitor(name: string, level: 4 | 5, publishers: readonly string[]): void {
    const filters = filtersOf(level, publishers).slice(0, 2);
    this.#addMember(
      { name, level },
      (member, random) => visit(member, this.#world, random, filters, level === 5),
    );
  }

  #addWills(): void {
    for (const level of [4, 5] as const) {
      for (const isFaithful of [true, false]) {
        const name = `w${level}${isFaithful ? "back" : "gone"}`;
        const wills = { topic: `w/${name}`, last: 0 };
        const options = { isFaithful, clean: level === 4 };
        this.#addMember(
          { name, level },
          (member, random) => haveWill(member, this.#world, random, wills, options),
          true,
        );
      }
    }
  }
}

/** Half of the clients speak 3.1.1. */
function levelOf(index: number): 4 | 5 {
  return index % 2 === 0 ? 4 : 5;
}

/** By publisher, by QoS, or all at once. */
function filtersOf(index: number, publishers: readonly string[]): Filters {
  const qos = index % 3 === 2 ? 1 : 2;
  if (index % 3 === 0) return publishers.map((name) => [`t/${name}/#`, qos]);
  if (index % 3 === 1) return [["t/+/1/#", 1], ["t/+/2/#", qos]];
  return [["t/+/+", qos], ["t/+/+/b", qos]];
}

/** Its subscription is asked for once; it is cut as rarely as publishers are. */
async function watchWills(member: Member, world: World, random: Random): Promise<void> {
  if (!member.requests.confirmed.has("w/#")) member.requests.toggle("w/#", 1);
  while (world.isLoading && !world.isOver) {
    await member.reconnect();
    if (random.oneIn(60)) await member.cut();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
