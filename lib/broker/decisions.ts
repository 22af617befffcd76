/**
 * The last access decisions, while someone looks at them. Invariants: at most 1,000, the oldest goes first; the same
 * again only counts; they are kept until no one has looked for five minutes.
 */
import { BoundedMap } from "../bounded_map.ts";
import type { Admission } from "../access/chain/admission.ts";
import type { Ruling } from "../access/chain/walk.ts";
import type { Action, MaybePromise } from "../plugin/types.ts";
import { cut, type Subject } from "./incidents/incident.ts";

const MOST = 1000;
const LOOKED_AT_MS = 300_000;

/** A decision. */
export interface Decided {
  /** When it came last, milliseconds since 1970. */
  at: number;
  readonly clientId: string;
  readonly username: string | null;
  readonly address: string;
  readonly question: "authenticate" | Action;
  readonly topic: string | null;
  readonly verdict: "allow" | "deny";
  readonly because: string;
  times: number;
}

/** What was asked. */
export interface Asked {
  readonly client: Subject;
  readonly question: "authenticate" | Action;
  readonly topic: string | null;
}

/** Those of one broker. */
export class Decisions {
  readonly #epoch: () => number;
  readonly #decided = new BoundedMap<string, Decided>(MOST);
  #lookedAt: number;

  /** @param epoch milliseconds since 1970 */
  constructor(epoch: () => number) {
    this.#epoch = epoch;
    this.#lookedAt = epoch();
  }

  /** Has anyone looked at them lately? */
  get isWanted(): boolean {
    return Math.abs(this.#epoch() - this.#lookedAt) <= LOOKED_AT_MS;
  }

  /** The newest first. */
  look(): Decided[] {
    this.#lookedAt = this.#epoch();
    return this.#decided.values().reverse();
  }

  /** Takes note of a ruling, now or when it is there. */
  note(asked: Asked, ruling: MaybePromise<Ruling>): void {
    if (ruling instanceof Promise) {
      ruling.then((later) => this.note(asked, later), () => {}); // it is told to the one who asked
    } else this.#add(asked, ruling.allowed, ruling.because);
  }

  /** Takes note of a login. */
  noteLogin(client: Subject, { allowed, reason }: Admission): void {
    this.#add({ client, question: "authenticate", topic: null }, allowed, reason.text);
  }

  #add({ client, question, topic }: Asked, isAllowed: boolean, because: string): void {
    const { clientId, username, address } = client;
    const verdict = isAllowed ? "allow" : "deny";
    const text = topic === null ? null : cut(topic);
    const key = [question, verdict, cut(clientId), address, text ?? "", because].join("\n");
    const known = this.#decided.get(key);
    const decided = known ?? {
      at: 0,
      clientId: cut(clientId),
      username: username === undefined ? null : cut(username),
      address,
      question,
      topic: text,
      verdict,
      because: cut(because),
      times: 0,
    };
    decided.at = this.#epoch();
    decided.times++;
    this.#decided.set(key, decided);
  }
}
