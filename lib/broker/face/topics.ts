/**
 * Topics with their last messages, for who looks. Invariants: messages are noted from the first look until five minutes
 * after the last, and forgotten then; a payload is shown only to a caller who may subscribe to its topic; a walk over
 * any number of topics is done in parts.
 */
import { encodeBase64 } from "../../encoding.ts";
import type { ReadArgsOf, RowOf } from "../../manage/commands.ts";
import { Slice } from "../../net/turn.ts";
import type { Caller } from "../../plugin/management.ts";
import type { Message } from "../../session/message.ts";
import { isVoid } from "../../session/queue.ts";
import { filterMatches, topicFilterProblem, topicNameProblem } from "../../topic/filter.ts";
import { NotFoundError, UserError } from "../../user_error.ts";
import type { Core } from "../core.ts";
import { TopicWatch, type WatchedTopic } from "../topic_watch.ts";
import { mayAll, mayRead } from "./caller_rights.ts";
import { parts } from "./rows.ts";
import { finderOf } from "./search.ts";

/** How long it is noted behind the last look, milliseconds. */
const WATCHED_MS = 5 * 60_000;
/** Of a payload in a listing, and of one that was asked for; bytes. */
const FIRST_BYTES = 256;
const MOST_BYTES = 1024 * 1024;
/** How long the rules are asked for one listing, milliseconds; of the topics behind that no payload is shown. */
const ASKING_MS = 2000;

type TopicRow = RowOf<"topics">;
type Wanted = (topicName: string) => boolean;

/** A topic, and its retained message; one of both is there. */
interface Found {
  readonly topicName: string;
  readonly watched: WatchedTopic | undefined;
  readonly retained: Message | undefined;
}

/** Looks at the topics of one broker. */
export class TopicDesk {
  readonly #core: Core;
  #cancel: (() => void) | undefined;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * The topics that the filter matches and the search finds.
   * @throws UserError for a filter that is none
   */
  async rows(asked: ReadArgsOf<"topics">, caller: Caller): Promise<Generator<TopicRow[]>> {
    checkFilter(asked.topicFilter);
    this.#look();
    const mayShow = await this.#readable(asked, caller);
    const rowOf = (found: Found | undefined) =>
      found && this.#row(found, mayShow(found.topicName) ? FIRST_BYTES : 0);
    return parts(
      this.#found(asked),
      rowOf,
      ({ topicName, last }) => topicName.length + (last?.payload.length ?? 0),
    );
  }

  /**
   * One topic, with all of its last message that is kept.
   * @throws UserError for a topic name that is none, and one of which nothing is known
   */
  async one(topicName: string, caller: Caller): Promise<TopicRow> {
    const problem = topicNameProblem(topicName);
    if (problem !== undefined) throw new UserError(`${JSON.stringify(topicName)}: ${problem}`);
    const watch = this.#look();
    const mayShow = await mayRead(this.#core, caller, topicName);
    const [watched, retained] = [watch.get(topicName), retainedAt(this.#core, topicName)];
    if (watched === undefined && retained === undefined) {
      const name = JSON.stringify(topicName);
      throw new NotFoundError(
        `nothing was published to ${name} since someone looks, or is retained`,
      );
    }
    return this.#row({ topicName, watched, retained }, mayShow ? MOST_BYTES : 0);
  }

  /** From now on messages are noted. */
  #look(): TopicWatch {
    const core = this.#core;
    const watch = core.topicWatch ??= new TopicWatch(core.clock.now);
    this.#cancel?.();
    this.#cancel = core.hookClock.after(WATCHED_MS, () => {
      core.topicWatch = undefined;
      this.#cancel = undefined;
    });
    return watch;
  }

  /** Undefined: this one is not meant. */
  *#found({ topicFilter, search }: ReadArgsOf<"topics">): Generator<Found | undefined> {
    const core = this.#core;
    const watch = core.topicWatch;
    const finds = finderOf(search);
    const isWanted: Wanted = (name) => filterMatches(topicFilter, name) && finds(name);
    for (const watched of watch?.all() ?? []) {
      const { topicName } = watched;
      yield isWanted(topicName)
        ? { topicName, watched, retained: retainedAt(core, topicName) }
        : undefined;
    }
    const now = core.clock.now();
    for (const retained of core.retained.visit(topicFilter)) {
      const isMeant = retained !== undefined && watch?.get(retained.topicName) === undefined &&
        finds(retained.topicName) && !isVoid(retained, now);
      yield isMeant ? { topicName: retained.topicName, watched: undefined, retained } : undefined;
    }
  }

  /** Of which topics the caller may see payloads; asked before the first part, in slices. */
  async #readable(asked: ReadArgsOf<"topics">, caller: Caller): Promise<Wanted> {
    if (mayAll(caller)) return () => true;
    const core = this.#core;
    const readable = new Set<string>();
    const end = core.clock.now() + ASKING_MS;
    const slice = new Slice(core.net);
    for (const found of this.#found(asked)) {
      if (found !== undefined && await mayRead(core, caller, found.topicName)) {
        readable.add(found.topicName);
      }
      if (!slice.isOver) continue;
      if (core.clock.now() > end) break;
      await core.net.turn.pause();
      slice.renew();
    }
    return (topicName) => readable.has(topicName);
  }

  #row({ topicName, watched, retained }: Found, most: number): TopicRow {
    const { clock, topicWatch } = this.#core;
    const isRetained = retained !== undefined;
    if (watched === undefined) {
      const { qos = 0, publisher = null, payload } = retained ?? {};
      const last = payloadOf(payload, payload?.length, most);
      const unknown = { at: null, messages: 0, rate: 0 };
      return { topicName, qos, retain: true, publisher, ...unknown, isRetained, last };
    }
    const { qos, retain, publisher = null, messages, bytes, order } = watched;
    const payload = retained?.order === order ? retained.payload : watched.payload;
    return {
      topicName,
      qos,
      retain,
      publisher,
      at: Math.round(clock.epoch() - (clock.now() - watched.at)),
      messages,
      rate: topicWatch?.rateOf(watched) ?? 0,
      isRetained,
      last: payloadOf(payload, bytes, most),
    };
  }
}

/** @throws UserError for a filter that is none */
export function checkFilter(topicFilter: string): void {
  const problem = topicFilterProblem(topicFilter);
  if (problem !== undefined) throw new UserError(`${JSON.stringify(topicFilter)}: ${problem}`);
}

/** The retained message of a topic, unless it has expired. */
export function retainedAt({ retained, clock }: Core, topicName: string): Message | undefined {
  const message = retained.get(topicName);
  return message === undefined || isVoid(message, clock.now()) ? undefined : message;
}

/**
 * A payload as the wire of the API has it.
 * @param bytes of all of it
 * @param most bytes that are shown; 0: nothing is
 */
export function payloadOf(
  payload: Uint8Array | undefined,
  bytes: number = 0,
  most: number = MOST_BYTES,
): TopicRow["last"] {
  if (payload === undefined || most === 0) return null;
  const first = payload.subarray(0, most);
  return { bytes, payload: encodeBase64(first), isWhole: first.length === bytes };
}
