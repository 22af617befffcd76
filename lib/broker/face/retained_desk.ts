/**
 * Retained messages as they are looked at, removed and brought back. Invariants: to remove one is to publish an empty
 * one, so a user removes only where they may publish; what was removed comes back within ten minutes, and never over a
 * newer message; many are removed in slices.
 */
import { inSlices, Slice } from "../../net/turn.ts";
import type { ResultOf, RowOf } from "../../manage/commands.ts";
import type { Caller } from "../../plugin/management.ts";
import type { PackedMessage } from "../../session/packed_message.ts";
import { isVoid } from "../../session/queue.ts";
import { NotFoundError, UserError } from "../../user_error.ts";
import { removeRetained, restoreRetained } from "../broadcast.ts";
import type { Core } from "../core.ts";
import { mayAll, mayPublish, mayRead } from "./caller_rights.ts";
import { parts } from "./rows.ts";
import { checkFilter, payloadOf, retainedAt } from "./topics.ts";
import { UndoStore } from "./undo_store.ts";

/** Topics that a purge names. */
const NAMED = 20;

/** The retained messages of one broker. */
export class RetainedDesk {
  readonly #core: Core;
  readonly #undo: UndoStore;

  constructor(core: Core) {
    this.#core = core;
    this.#undo = new UndoStore(core.hookClock);
  }

  /**
   * Those whose topic the filter matches; `$` topics only where it begins with `$`.
   * @throws UserError for a filter that is none
   */
  rows(topicFilter = "#"): Generator<RowOf<"retained">[]> {
    checkFilter(topicFilter);
    return parts(
      this.#core.retained.visit(topicFilter),
      (message) =>
        message &&
        { topicName: message.topicName, qos: message.qos, bytes: message.payloadLength },
      ({ topicName }) => topicName.length,
    );
  }

  /**
   * One with its payload.
   * @throws UserError where nothing is retained, and for who may not subscribe to it
   */
  async one(topicName: string, caller: Caller): Promise<ResultOf<"retained get">> {
    const core = this.#core;
    if (!await mayRead(core, caller, topicName)) {
      throw new UserError(`${caller.name} may not subscribe to ${JSON.stringify(topicName)}`);
    }
    const message = retainedAt(core, topicName);
    if (message === undefined) throw nothingAt(topicName);
    const { qos, payload, properties, expiresAt } = message;
    return {
      topicName,
      qos,
      at: null,
      expirySeconds: expiresAt === undefined ? null : (expiresAt - core.clock.now()) / 1000,
      contentType: properties?.values.contentType ?? null,
      ...payloadOf(payload, payload.length)!,
    };
  }

  /**
   * Removes one.
   * @throws UserError where there is none, and for who may not publish there
   */
  async delete(topicName: string, caller: Caller): Promise<ResultOf<"retained delete">> {
    const core = this.#core;
    const ruling = await mayPublish(core, caller, { topicName, qos: 0, retain: true });
    if (!ruling.allowed) {
      const name = JSON.stringify(topicName);
      throw new UserError(`${caller.name} may not publish to ${name}: ${ruling.because}`);
    }
    const message = core.retained.packed(topicName);
    if (message === undefined || !removeRetained(core, topicName)) throw nothingAt(topicName);
    return { topicName, undo: this.#undo.add([message]) };
  }

  /**
   * Removes all whose topic the filter matches and where the caller may publish.
   * @param dryRun says only which those are
   * @throws UserError for a filter that is none
   */
  async purge(
    topicFilter: string,
    dryRun: boolean,
    caller: Caller,
  ): Promise<ResultOf<"retained purge">> {
    checkFilter(topicFilter);
    const core = this.#core;
    const { meant, denied } = await this.#meant(topicFilter, caller);
    const removed: PackedMessage[] = [];
    if (dryRun) removed.push(...meant);
    else {
      await inSlices(core.net, meant, ({ topicName }) => {
        const message = core.retained.packed(topicName);
        if (message !== undefined && removeRetained(core, topicName)) removed.push(message);
      });
    }
    return {
      messages: removed.length,
      bytes: removed.reduce((sum, { payloadLength }) => sum + payloadLength, 0),
      topics: removed.slice(0, NAMED).map(({ topicName }) => topicName),
      denied,
      undo: dryRun || removed.length === 0 ? null : this.#undo.add(removed),
    };
  }

  /**
   * Brings back what a deletion removed; it can be done once.
   * @throws UserError for a deletion that is not known (any more), and for who may not publish to one of its topics
   */
  async undo(id: string, caller: Caller): Promise<ResultOf<"retained undo">> {
    const core = this.#core;
    const removed = this.#undo.get(id);
    if (removed === undefined) {
      throw new UserError(
        `${
          JSON.stringify(id)
        } cannot be undone (any more): expected what a deletion of the last ten minutes said`,
      );
    }
    for (const { topicName, qos } of mayAll(caller) ? [] : removed) {
      const { allowed } = await mayPublish(core, caller, { topicName, qos, retain: true });
      if (allowed) continue;
      throw new UserError(`${caller.name} may not publish to ${JSON.stringify(topicName)}`);
    }
    this.#undo.delete(id);
    const result = { messages: 0, kept: 0, lost: 0 };
    await inSlices(core.net, removed, (message) => {
      const isExpired = isVoid(message, core.clock.now());
      if (retainedAt(core, message.topicName) !== undefined) result.kept++;
      else if (!isExpired && restoreRetained(core, message.unpack())) result.messages++;
      else result.lost++;
    });
    return result;
  }

  async #meant(topicFilter: string, caller: Caller) {
    const core = this.#core;
    const slice = new Slice(core.net);
    const meant: PackedMessage[] = [];
    let denied = 0;
    for (const found of core.retained.topics(topicFilter)) {
      if (found !== undefined) {
        const { topicName } = found;
        const asked = mayPublish(core, caller, { topicName, qos: 0, retain: true });
        const { allowed } = asked instanceof Promise ? await asked : asked;
        const message = allowed ? core.retained.packed(topicName) : undefined;
        if (message !== undefined) meant.push(message);
        else if (!allowed) denied++;
      }
      if (!slice.isOver) continue;
      await core.net.turn.pause();
      slice.renew();
    }
    return { meant, denied };
  }
}

function nothingAt(topicName: string): UserError {
  return new NotFoundError(`nothing is retained at ${JSON.stringify(topicName)}`);
}
