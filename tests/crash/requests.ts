/**
 * What a client wants to be subscribed to. Invariants: one request a filter is under way at a time; one that a lost
 * connection left open is sent again, so that in the end each filter is known to be there or not.
 */
import type { Qos } from "./history.ts";
import type { Answer, Level } from "./incoming.ts";
import { subscribePacket, unsubscribePacket } from "./packets.ts";
import type { Note, Send } from "./world.ts";

interface Request {
  readonly filter: string;
  readonly qos: Qos;
  readonly isSubscribe: boolean;
}

const FIRST_ID = 1000;

/** The subscriptions of one client. */
export class Requests {
  /** What is confirmed. */
  readonly confirmed = new Map<string, Qos>();
  readonly #level: Level;
  readonly #note: Note;
  readonly #send: Send;
  #open = new Map<number, Request>();
  #lastId = FIRST_ID;

  constructor(level: Level, note: Note, send: Send) {
    this.#level = level;
    this.#note = note;
    this.#send = send;
  }

  /** Requests without an answer. */
  get size(): number {
    return this.#open.size;
  }

  /** Subscribes, or takes back what is there; nothing while a request for the filter is open. */
  toggle(filter: string, qos: Qos): void {
    if ([...this.#open.values()].some((one) => one.filter === filter)) return;
    this.#ask({ filter, qos, isSubscribe: !this.confirmed.has(filter) });
  }

  /** SUBACK or UNSUBACK. */
  onAnswer({ id, code }: Answer): void {
    const request = this.#open.get(id);
    if (request === undefined) return;
    this.#open.delete(id);
    const { filter, qos, isSubscribe } = request;
    if (code >= 0x80) {
      this.#note({ kind: "refused", what: isSubscribe ? "SUBSCRIBE" : "UNSUBSCRIBE", code });
      return this.#ask(request);
    }
    if (isSubscribe) this.confirmed.set(filter, qos);
    else this.confirmed.delete(filter);
    this.#note(isSubscribe ? { kind: "suback", filter, qos } : { kind: "unsuback", filter });
  }

  /** A connection is there: open requests go out again; where the session is new, all that was there too. */
  resend(isPresent: boolean): void {
    const open = [...this.#open.values()];
    this.#open = new Map();
    const lost = isPresent
      ? []
      : [...this.confirmed].filter(([filter]) => !open.some((one) => one.filter === filter));
    for (const request of open) this.#ask(request);
    for (const [filter, qos] of lost) this.#ask({ filter, qos, isSubscribe: true });
  }

  /** The client itself has ended its session. */
  forget(): void {
    this.confirmed.clear();
    this.#open.clear();
  }

  #ask(request: Request): void {
    const { filter, qos, isSubscribe } = request;
    const id = this.#lastId = this.#lastId % 0xffff + 1;
    this.#open.set(id, request);
    if (isSubscribe) {
      this.#note({ kind: "subscribe", filter, qos });
      this.#send(subscribePacket(this.#level, id, filter, qos));
    } else {
      this.#note({ kind: "unsubscribe", filter });
      this.#send(unsubscribePacket(this.#level, id, filter));
    }
  }
}
