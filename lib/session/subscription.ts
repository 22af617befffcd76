/**
 * What a subscription was asked for, as a value. Invariant: equal options are the same object, so that comparing two
 * is comparing references and a hundred thousand subscriptions share a few.
 */
import type { QoS } from "../wire/packets.ts";

/** The options of one subscription; a client of MQTT 3.1.1 chooses the QoS alone, a bridge has both others. */
export interface SubscriptionOptions {
  /** The highest QoS that messages are delivered at, as granted. */
  readonly qos: QoS;
  /** The subscriber's own messages do not come back to it. */
  readonly noLocal: boolean;
  /** Live messages keep the RETAIN flag of their publisher. */
  readonly retainAsPublished: boolean;
}

const FLAGS = [false, true] as const;

/** All there are: `qos * 4 + noLocal * 2 + retainAsPublished`. */
const ALL: readonly SubscriptionOptions[] = ([0, 1, 2] as const).flatMap((qos) =>
  FLAGS.flatMap((noLocal) =>
    FLAGS.map((retainAsPublished) => ({ qos, noLocal, retainAsPublished }))
  )
);

/** The options with these values. */
export function subscriptionOptions(
  qos: QoS,
  noLocal = false,
  retainAsPublished = false,
): SubscriptionOptions {
  return ALL[qos * 4 + (noLocal ? 2 : 0) + (retainAsPublished ? 1 : 0)]!;
}

/** One client's overlapping subscriptions as one: the highest QoS counts [MQTT-3.3.5-1], and what withholds less. */
export function mergeOptions(a: SubscriptionOptions, b: SubscriptionOptions): SubscriptionOptions {
  return subscriptionOptions(
    a.qos > b.qos ? a.qos : b.qos,
    a.noLocal && b.noLocal,
    a.retainAsPublished || b.retainAsPublished,
  );
}
