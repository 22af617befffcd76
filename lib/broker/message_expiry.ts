/**
 * Messages of MQTT 5 that are void after a time, section 3.3.2.3.3: retained ones and those that wait in queues.
 * Invariants: what is void is never sent, for each is looked at once more when its turn comes; here it also gives back
 * its room, a bounded number at a time.
 */
import { type Deadline, Deadlines } from "../deadlines.ts";
import { OutgoingPublish } from "../session/outgoing.ts";
import type { KnownSession } from "../session/services.ts";
import type { Core } from "./core.ts";
import { dropped } from "./deliver.ts";
import { Drop } from "./drops.ts";
import type { Loser } from "./incidents/incidents.ts";

/** Retained messages, and entries of queues, that one pass looks at. */
const MOST_RETAINED = 1000;
const MOST_QUEUED = 4000;

/** As incidents name it; perhaps it is gone. */
function publisherOf(core: Core, clientId = ""): Loser {
  const unknown = { clientId, username: undefined, address: "", lastDrop: undefined };
  return clientId === "" ? core.own : core.sessions.get(clientId)?.holder ?? unknown;
}

/** All of one broker. */
export class MessageExpiry {
  readonly #core: Core;
  /** Client ids of sessions with messages that will be void; the one that was looked at last is the last. */
  readonly #sessions = new Set<string>();
  readonly #retained = new Map<string, Deadline<string>>();
  readonly #deadlines = new Deadlines<string>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** A topic has a retained message that is void at this time of the core's clock; undefined: it has none, or never. */
  retained(topicName: string, expiresAt: number | undefined): void {
    const known = this.#retained.size === 0 ? undefined : this.#retained.get(topicName);
    if (known !== undefined) {
      this.#deadlines.delete(known);
      this.#retained.delete(topicName);
    }
    if (expiresAt !== undefined) {
      this.#retained.set(topicName, this.#deadlines.add(expiresAt, topicName));
    }
  }

  /** A message that will be void waits for this session. */
  waits({ clientId }: KnownSession): void {
    this.#sessions.add(clientId);
  }

  /** Throws away what is void by now. True: there may be more of it. */
  sweep(now: number): boolean {
    return [this.#sweepRetained(now), this.#sweepQueues(now)].includes(true);
  }

  #sweepRetained(now: number): boolean {
    for (let left = MOST_RETAINED; left > 0; left--) {
      const topicName = this.#deadlines.next(now);
      if (topicName === undefined) return false;
      this.#retained.delete(topicName);
      const message = this.#core.retained.get(topicName);
      this.#core.retained.delete(topicName);
      if (message === undefined) continue;
      this.#core.journal?.retainedExpired(topicName);
      this.#core.bus.expired(topicName);
      const loser = publisherOf(this.#core, message.publisher);
      dropped(this.#core, loser, OutgoingPublish.of(message, now), Drop.EXPIRED);
    }
    return true;
  }

  #sweepQueues(now: number): boolean {
    let [left, removed] = [MOST_QUEUED, 0];
    const asked = new Set<string>();
    for (const clientId of this.#sessions) { // one that is added again comes last
      if (asked.has(clientId)) break;
      asked.add(clientId);
      const session = this.#core.sessions.get(clientId);
      this.#sessions.delete(clientId);
      if (session === undefined || session.expiringMessages === 0) continue;
      const before = session.queuedMessages;
      session.expire(now, left);
      removed += before - session.queuedMessages;
      left -= Math.min(left, before);
      if (session.expiringMessages > 0) this.#sessions.add(clientId);
      if (left === 0) break;
    }
    return removed > 0;
  }
}
