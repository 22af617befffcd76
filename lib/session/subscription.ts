/**
 * What a subscription was asked for, as a value. Invariants: equal options without a subscription identifier are the
 * same object, so that a hundred thousand subscriptions share a few; merging keeps what each of several has granted.
 */
import type { QoS } from "../wire/packets.ts";

/** The options of one subscription, or of one client's subscriptions that match the same message. */
export class SubscriptionOptions {
  /** The highest QoS that messages are delivered at, as granted. */
  readonly qos: QoS;
  /** Live messages keep the RETAIN flag of their publisher. */
  readonly retainAsPublished: boolean;
  /** MQTT 5's subscription identifiers, of all that match; undefined: none has one. */
  readonly identifiers: readonly number[] | undefined;
  /** What holds for the subscriber's own messages; undefined: No Local, they do not come back to it. */
  readonly own: SubscriptionOptions | undefined;

  /** @param own undefined: No Local; "same": the subscriber's own messages are like all others */
  constructor(
    qos: QoS,
    retainAsPublished: boolean,
    identifiers: readonly number[] | undefined,
    own: SubscriptionOptions | undefined | "same",
  ) {
    this.qos = qos;
    this.retainAsPublished = retainAsPublished;
    this.identifiers = identifiers;
    this.own = own === "same" ? this : own;
  }

  /** None of the subscriptions wants the subscriber's own messages. */
  get noLocal(): boolean {
    return this.own === undefined;
  }

  /** Do both stand for the same? */
  equals(other: SubscriptionOptions): boolean {
    return this.qos === other.qos && this.retainAsPublished === other.retainAsPublished &&
      this.noLocal === other.noLocal &&
      this.identifiers?.join() === other.identifiers?.join();
  }
}

const FLAGS = [false, true] as const;

/** All there are without identifiers: `qos * 4 + noLocal * 2 + retainAsPublished`. */
const ALL: readonly SubscriptionOptions[] = ([0, 1, 2] as const).flatMap((qos) =>
  FLAGS.flatMap((noLocal) => FLAGS.map((asPublished) => made(qos, noLocal, asPublished)))
);

/** The options of one subscription; `identifier` is that of MQTT 5. */
export function subscriptionOptions(
  qos: QoS,
  noLocal = false,
  retainAsPublished = false,
  identifier?: number,
): SubscriptionOptions {
  if (identifier !== undefined) return made(qos, noLocal, retainAsPublished, [identifier]);
  return ALL[qos * 4 + (noLocal ? 2 : 0) + (retainAsPublished ? 1 : 0)]!;
}

function made(
  qos: QoS,
  noLocal: boolean,
  retainAsPublished: boolean,
  identifiers?: readonly number[],
): SubscriptionOptions {
  return new SubscriptionOptions(qos, retainAsPublished, identifiers, noLocal ? undefined : "same");
}

/**
 * One client's overlapping subscriptions as one: the highest QoS counts, what withholds less, and the identifiers of
 * all [MQTT-3.3.4-2] [MQTT-3.3.4-3] [MQTT-3.3.4-4].
 */
export function mergeOptions(a: SubscriptionOptions, b: SubscriptionOptions): SubscriptionOptions {
  if (a === b) return a;
  const qos = higher(a, b);
  const asPublished = a.retainAsPublished || b.retainAsPublished;
  const identifiers = joined(a.identifiers, b.identifiers);
  const isOwnSame = a.own === a && b.own === b;
  const isNoLocal = a.noLocal && b.noLocal;
  if (identifiers === undefined && (isOwnSame || isNoLocal)) {
    return subscriptionOptions(qos, isNoLocal, asPublished);
  }
  const own = isOwnSame ? "same" : mergeOwn(a.own, b.own);
  return new SubscriptionOptions(qos, asPublished, identifiers, own);
}

function higher(a: SubscriptionOptions, b: SubscriptionOptions): QoS {
  return a.qos > b.qos ? a.qos : b.qos;
}

function mergeOwn(
  a: SubscriptionOptions | undefined,
  b: SubscriptionOptions | undefined,
): SubscriptionOptions | undefined {
  return a === undefined ? b : b === undefined ? a : mergeOptions(a, b);
}

function joined(
  a: readonly number[] | undefined,
  b: readonly number[] | undefined,
): readonly number[] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return [...new Set([...a, ...b])];
}
