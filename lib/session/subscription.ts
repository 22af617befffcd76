/**
 * What a subscription was asked for, as a value. Invariants: equal options without a subscription identifier are the
 * same object, so that a hundred thousand subscriptions share a few; merging keeps what each of several has granted,
 * in time and space that grow with their number alone.
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
  FLAGS.flatMap((noLocal) =>
    FLAGS.map((asPublished) => single(qos, noLocal, asPublished, undefined))
  )
);

/** The options of one subscription; `identifier` is that of MQTT 5. */
export function subscriptionOptions(
  qos: QoS,
  noLocal = false,
  retainAsPublished = false,
  identifier?: number,
): SubscriptionOptions {
  if (identifier !== undefined) return single(qos, noLocal, retainAsPublished, [identifier]);
  return ALL[qos * 4 + (noLocal ? 2 : 0) + (retainAsPublished ? 1 : 0)]!;
}

function single(
  qos: QoS,
  noLocal: boolean,
  retainAsPublished: boolean,
  identifiers: readonly number[] | undefined,
): SubscriptionOptions {
  return new SubscriptionOptions(qos, retainAsPublished, identifiers, noLocal ? undefined : "same");
}

/**
 * How many identifiers one PUBLISH carries at most. A topic of fourteen levels has 16,384 filters, so without a bound a
 * message of one byte would become one of 80 KB for a client that has subscribed to them all.
 */
export const MOST_IDENTIFIERS = 1024;

/**
 * One client's overlapping subscriptions as one: the highest QoS counts, what withholds less, and the identifiers of
 * all, each once and up to {@link MOST_IDENTIFIERS} [MQTT-3.3.4-2] [MQTT-3.3.4-3] [MQTT-3.3.4-4]. What has No Local does not count for the client's own messages [MQTT-3.8.3-3].
 * @param all at least one
 */
export function mergeOptions(all: readonly SubscriptionOptions[]): SubscriptionOptions {
  const merged = summary(all);
  const own = all.filter(({ noLocal }) => !noLocal);
  if (own.length === all.length) return made(merged, "same");
  return made(merged, own.length === 0 ? undefined : made(summary(own), "same"));
}

/** What counts of several subscriptions. */
interface Summary {
  qos: QoS;
  retainAsPublished: boolean;
  identifiers: readonly number[] | undefined;
}

function summary(all: readonly SubscriptionOptions[]): Summary {
  const merged: Summary = { qos: 0, retainAsPublished: false, identifiers: undefined };
  let identifiers: Set<number> | undefined;
  for (const { qos, retainAsPublished, identifiers: more } of all) {
    if (qos > merged.qos) merged.qos = qos;
    merged.retainAsPublished ||= retainAsPublished;
    if (more !== undefined) addUpTo(identifiers ??= new Set(), more);
  }
  merged.identifiers = identifiers && [...identifiers];
  return merged;
}

function addUpTo(identifiers: Set<number>, more: readonly number[]): void {
  for (const one of more) {
    if (identifiers.size === MOST_IDENTIFIERS) return;
    identifiers.add(one);
  }
}

/** Without identifiers: the object that there is. */
function made(
  { qos, retainAsPublished, identifiers }: Summary,
  own: SubscriptionOptions | undefined | "same",
): SubscriptionOptions {
  if (identifiers === undefined && (own === undefined || own === "same")) {
    return subscriptionOptions(qos, own === undefined, retainAsPublished);
  }
  return new SubscriptionOptions(qos, retainAsPublished, identifiers, own);
}
