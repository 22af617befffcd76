/**
 * Rights of sessions, asked about again: when rules may have changed, and when a client resumes its session. Invariants:
 * a session delivers nothing from the beginning of its check until the answers are there; what is denied ends, with
 * what waits for it alone; what a source failed to answer ends nothing and is asked again, and a resumed session
 * waits for that too; only the last check of a session counts; a check ends with its connection, for the next one has
 * its own.
 */
import type { MaybePromise } from "../plugin/types.ts";
import type { SubscriptionOptions } from "../session/subscription.ts";
import type { Ruling } from "../access/chain/walk.ts";
import { shown } from "../shown.ts";
import { messageOf } from "../user_error.ts";
import { rulingOf } from "./authorize.ts";
import type { ClientInfo } from "./client_info.ts";
import type { Core } from "./core.ts";
import { Drop } from "./drops.ts";
import { dropLost } from "./lost_rights.ts";
import type { RecipientGroup } from "./route.ts";
import type { BrokerSession } from "./sessions.ts";
import { groupOf, memberDenied } from "./shared.ts";
import { endSubscription, partsOf } from "./subscriptions.ts";

/** Sessions checked at a time, and questions asked at a time about each. */
const SESSIONS = 32;
const QUESTIONS = 8;
/** When a source that failed is asked again, milliseconds: doubling from the first to the last. */
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;

/** The check of one session: under way, or waiting to ask again. */
interface Check {
  readonly session: BrokerSession;
  /** Whom it is about. */
  readonly holder: ClientInfo;
  /** Its client has resumed the session: nothing is delivered before every answer is there. */
  readonly isResumption: boolean;
  readonly aborter: AbortController;
  /** How many subscriptions have ended. */
  ended: number;
  /** The groups of those that were shared. */
  readonly left: Set<RecipientGroup>;
  retryMs: number;
  cancelRetry: (() => void) | undefined;
}

/** The checks of one broker. */
export class RightsChecks {
  readonly #core: Core;
  readonly #checks = new Map<BrokerSession, Check>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** A client has resumed its session. The check is over when this returns, unless a source takes time to answer. */
  resumed(session: BrokerSession): void {
    session.hold();
    void this.#run(this.#begin(session, true));
  }

  /**
   * Rules may have changed: every session, or this one, is asked about.
   * @returns how many subscriptions have ended
   */
  async changed(only?: BrokerSession): Promise<number> {
    const sessions = only === undefined ? inOrderOfAsking(this.#core.sessions.all()) : [only];
    for (const session of sessions) {
      if (session.connection !== undefined) session.hold();
    }
    let [next, ended] = [0, 0];
    const lane = async () => {
      while (next < sessions.length && !this.#core.isStopping) {
        ended += await this.#checkChanged(sessions[next++]!);
      }
    };
    await Promise.all(Array.from({ length: SESSIONS }, lane));
    return ended;
  }

  /** The same for all sessions, where no one waits for it. */
  recheck(): void {
    this.changed().catch((cause: unknown) =>
      this.#core.logger.error(`checking subscriptions again failed: ${messageOf(cause)}`)
    );
  }

  /** The session's connection is over, or the session itself: what is still to be asked is no one's question. */
  forget(session: BrokerSession): void {
    const check = this.#checks.get(session);
    if (check === undefined) return;
    this.#checks.delete(session);
    check.cancelRetry?.();
    check.aborter.abort();
  }

  /** Asks nothing more. */
  close(): void {
    for (const session of [...this.#checks.keys()]) this.forget(session);
  }

  /** A session that has ended, or whose client has come or gone meanwhile, is not this check's any more. */
  async #checkChanged(session: BrokerSession): Promise<number> {
    if (this.#core.sessions.get(session.clientId) !== session) return 0;
    const { turn } = this.#core.net;
    while (turn.isOver) await turn.pause();
    const check = this.#begin(session, this.#checks.get(session)?.isResumption ?? false);
    await this.#run(check);
    return check.ended;
  }

  #begin(session: BrokerSession, isResumption: boolean): Check {
    this.forget(session);
    const check = {
      session,
      holder: session.holder!,
      isResumption,
      aborter: new AbortController(),
      ended: 0,
      left: new Set<RecipientGroup>(),
      retryMs: FIRST_RETRY_MS,
      cancelRetry: undefined,
    };
    this.#checks.set(session, check);
    return check;
  }

  /** Asks about every subscription, and acts on the answers. Synchronous as long as the sources are. Never rejects. */
  async #run(check: Check): Promise<void> {
    const { session } = check;
    const lost: string[] = [];
    let isUndecided = false;
    const note = (topicFilter: string, { allowed, failed, because }: Ruling) => {
      if (!this.#isCurrent(check)) return;
      if (failed) isUndecided = true;
      else if (!allowed && this.#end(check, topicFilter, because)) lost.push(topicFilter);
    };
    try {
      await this.#ask(check, note);
    } catch (cause) {
      isUndecided = true;
      this.#core.logger.error(`checking ${check.holder} again failed: ${messageOf(cause)}`);
    }
    if (!this.#isCurrent(check)) return;
    memberDenied(this.#core, session, check.left);
    dropLost(this.#core, session, lost);
    if (!isUndecided || !check.isResumption) session.resume();
    if (isUndecided && session.connection !== undefined) this.#askAgain(check);
    else this.#checks.delete(session);
  }

  #ask(check: Check, note: (topicFilter: string, ruling: Ruling) => void): MaybePromise<void> {
    if (this.#core.access.allowsEverything || check.holder.superuser) return;
    const asked = [...check.session.subscriptions];
    const { turn } = this.#core.net;
    let next = 0;
    const lane = (): MaybePromise<void> => {
      while (next < asked.length && this.#isCurrent(check)) {
        const [topicFilter, options] = asked[next++]!;
        const ruling = this.#rulingOn(check, topicFilter, options);
        if (ruling instanceof Promise) {
          return ruling.then((later) => note(topicFilter, later)).then(lane);
        }
        note(topicFilter, ruling);
        if (turn.isOver) return turn.pause().then(lane);
      }
    };
    const lanes = Array.from({ length: Math.min(QUESTIONS, asked.length) }, lane)
      .filter((one) => one instanceof Promise);
    if (lanes.length > 0) return Promise.all(lanes).then(() => {});
  }

  #rulingOn(
    { holder, aborter }: Check,
    topicFilter: string,
    { qos }: SubscriptionOptions,
  ): MaybePromise<Ruling> {
    const { topicFilter: topic } = partsOf(topicFilter);
    const question = { client: holder, action: "subscribe", topic, qos, retain: false } as const;
    return rulingOf(this.#core, question, aborter);
  }

  /** False when there was no such subscription any more. */
  #end(check: Check, topicFilter: string, because: string): boolean {
    const { core, session, client } = { core: this.#core, ...check, client: check.holder };
    const group = groupOf(core, topicFilter);
    if (!endSubscription(core.tree, session, topicFilter)) return false;
    if (group !== undefined) check.left.add(group);
    check.ended++;
    core.logs.denials.warn(
      `${client} lost its subscription to ${shown(topicFilter)}: ${because}`,
    );
    core.incidents.note(client, {
      kind: "denied",
      action: "subscribe",
      topic: topicFilter,
      code: Drop.RIGHT_LOST.code,
      reason: "the subscription has ended, for rules deny it now",
      rule: because,
    });
    core.observers.clientUnsubscribed?.({ client, topicFilter });
    return true;
  }

  #askAgain(check: Check): void {
    check.cancelRetry = this.#core.clock.after(check.retryMs, () => void this.#run(check));
    check.retryMs = Math.min(check.retryMs * 2, LAST_RETRY_MS);
  }

  #isCurrent(check: Check): boolean {
    return this.#checks.get(check.session) === check;
  }
}

/** Clients that are there before those that are not, and those with few subscriptions first: no one waits for one with many. */
function inOrderOfAsking(sessions: Iterable<BrokerSession>): BrokerSession[] {
  const isAway = ({ connection }: BrokerSession) => connection === undefined ? 1 : 0;
  return [...sessions].sort((a, b) =>
    isAway(a) - isAway(b) || a.subscriptionCount - b.subscriptionCount
  );
}
