/**
 * What happened to the clients of one round, in the order in which this process saw it: what was sent (noted before
 * its first byte leaves) and what came (noted once it was read). Invariants: an event is never changed; its index is
 * its place in time, so that "A was acknowledged before B was sent" is a comparison of two numbers.
 */

/** Quality of service of a message above 0. */
export type Qos = 1 | 2;

/** The name of what is no client: the process of the broker. */
export const BROKER = "broker";

/** A message or will, by its topic and its number there. */
export interface Mark {
  readonly topic: string;
  readonly sequence: number;
}

/** What can happen to a client; `down` and `up` to the broker. */
export type Happening =
  /** At the beginning of the round the broker has a session of it, or has none. */
  | { readonly kind: "known"; readonly isThere: boolean }
  /** `kept`: the session is to outlive the connection. */
  | {
    readonly kind: "connect";
    readonly clean: boolean;
    readonly kept: boolean;
    readonly will?: Mark;
  }
  | { readonly kind: "connack"; readonly isPresent: boolean }
  /** The connection is over: cut by the client, after its DISCONNECT, or by the broker. */
  | { readonly kind: "end"; readonly by: "cut" | "goodbye" | "broker" }
  | { readonly kind: "subscribe" | "suback"; readonly filter: string; readonly qos: Qos }
  | { readonly kind: "unsubscribe" | "unsuback"; readonly filter: string }
  | Mark & {
    readonly kind: "publish";
    readonly qos: Qos;
    readonly isDuplicate: boolean;
    /** An empty retained message, which removes the value. */
    readonly isClear: boolean;
  }
  | Mark & { readonly kind: "puback" | "pubrec" | "pubcomp" }
  /** The broker answered with a reason code from 0x80 on. */
  | { readonly kind: "refused"; readonly what: string; readonly code: number }
  | Mark & {
    readonly kind: "delivery";
    readonly qos: number;
    readonly isDuplicate: boolean;
    readonly isRetained: boolean;
    /** Its packet id was not under way. */
    readonly isNew: boolean;
  }
  /** A PUBLISH whose payload no client has sent. */
  | { readonly kind: "damaged"; readonly topic: string; readonly payload: string }
  /** All retained messages; `began`: the index before the question was sent. */
  | {
    readonly kind: "retained";
    readonly began: number;
    readonly values: ReadonlyMap<string, number>;
  }
  | { readonly kind: "down"; readonly how: string }
  /** Its port takes connections, so many milliseconds after it was started. */
  | { readonly kind: "up"; readonly after: number };

/** What happened, to whom, when (milliseconds of a clock that never goes back). */
export type Event = Happening & { readonly client: string; readonly ms: number };

/** The events of a round. */
export class History {
  readonly events: Event[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The index of the next event. */
  get length(): number {
    return this.events.length;
  }

  add(client: string, happening: Happening): void {
    this.events.push({ client, ms: this.#now(), ...happening });
  }
}

/** What stands for a message in tables. */
export function keyOf({ topic, sequence }: Mark): string {
  return `${topic}#${sequence}`;
}

/** One line for people: milliseconds since `start`, and what happened. */
export function shownEvent(event: Event, start: number): string {
  const { client: _, ms, kind, ...rest } = event;
  const details = Object.entries(rest).map(([name, value]) => `${name} ${shownValue(value)}`);
  return `${(ms - start).toFixed(0).padStart(6)} ms  ${kind.padEnd(11)} ${details.join(", ")}`;
}

function shownValue(value: unknown): string {
  if (value instanceof Map) return `${value.size} topics`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
