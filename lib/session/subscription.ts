/**
 * What a subscription was asked for, as a value. Invariant: equal options are the same object, so that comparing two
 * is comparing references and a hundred thousand subscriptions share a few.
 */
import type { QoS } from "../wire/packets.ts";

/** The options of one subscription; MQTT 3.1.1 has the QoS alone. */
export interface SubscriptionOptions {
  /** The highest QoS that messages are delivered at, as granted. */
  readonly qos: QoS;
}

const BY_QOS: Readonly<Record<QoS, SubscriptionOptions>> = {
  0: { qos: 0 },
  1: { qos: 1 },
  2: { qos: 2 },
};

/** The options of a subscription of MQTT 3.1.1. */
export function subscriptionOptions(qos: QoS): SubscriptionOptions {
  return BY_QOS[qos];
}

/** One client's overlapping subscriptions as one: the highest QoS counts [MQTT-3.3.5-1]. */
export function mergeOptions(a: SubscriptionOptions, b: SubscriptionOptions): SubscriptionOptions {
  return a.qos >= b.qos ? a : b;
}
