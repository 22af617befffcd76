/** One who follows messages: of a client, to topics. Invariant: asked with names alone, it knows no payload. */
import type { Feed } from "../../feed.ts";
import { filterMatches, topicFilterProblem } from "../../topic/filter.ts";

/** What happens to a message, as one who follows it gets it; lib/manage has its schema. */
export interface TraceEvent {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly message: number;
  readonly event: string;
  readonly clientId: string | null;
  readonly topicName: string | null;
  readonly detail: string;
}

/** Whom or what is followed; without anything: every message. */
export interface Following {
  readonly clientId?: string | undefined;
  readonly topicFilter?: string | undefined;
  /** Either of both. */
  readonly about?: string | undefined;
}

/** Its question and where it gets its answers. */
export class Follower {
  readonly feed: Feed<TraceEvent>;
  readonly #following: Following;
  readonly #aboutFilter: string | undefined;

  constructor(following: Following, feed: Feed<TraceEvent>) {
    this.#following = following;
    this.feed = feed;
    const { about } = following;
    if (about !== undefined && topicFilterProblem(about) === undefined) this.#aboutFilter = about;
  }

  /** May it want anything of a message to this topic, depending on its receivers? */
  mayWant(topicName: string): boolean {
    const { clientId, topicFilter, about } = this.#following;
    if (topicFilter !== undefined && !filterMatches(topicFilter, topicName)) return false;
    return clientId !== undefined || about !== undefined || topicFilter !== undefined ||
      this.wantsAll(topicName, null);
  }

  /** Does it want everything about this message? @param publisher null: the broker */
  wantsAll(topicName: string, publisher: string | null): boolean {
    const { clientId, topicFilter, about } = this.#following;
    if (topicFilter !== undefined && !filterMatches(topicFilter, topicName)) return false;
    if (clientId !== undefined && clientId !== publisher) return false;
    if (about === undefined || about === publisher) return true;
    return this.#aboutFilter !== undefined && filterMatches(this.#aboutFilter, topicName);
  }

  /** Does it want what concerns this receiver of it? */
  wantsReceiver(topicName: string, receiver: string): boolean {
    const { clientId, topicFilter, about } = this.#following;
    if (topicFilter !== undefined && !filterMatches(topicFilter, topicName)) return false;
    if (clientId !== undefined && clientId !== receiver) return false;
    return clientId === receiver || about === receiver;
  }
}
