/**
 * Judges what subscribers received. Invariants: a message counts as owed only where the subscription surely was there
 * from the first PUBLISH to the last acknowledgement, as forbidden only where it surely was not at any moment between;
 * the first deliveries of what is owed are in the order of publication.
 */
import { type Event, keyOf } from "./history.ts";
import {
  isMatch,
  messagesOf,
  type MessageSpan,
  type Span,
  subscriptionsOf,
  type SubscriptionSpans,
} from "./spans.ts";
import type { Violation } from "./violation.ts";

/** How often a message came to a client. */
interface Received {
  /** Index of the first delivery. */
  readonly first: number;
  /** Deliveries under a packet id that was not under way. */
  fresh: number;
  readonly last: number;
}

type Inbox = Map<string, Received>;

/** All that is wrong with what came; `lost` is meant for the end, when nothing is under way. */
export function checkDeliveries(events: readonly Event[]): Violation[] {
  const messages = messagesOf(events);
  const subscriptions = subscriptionsOf(events);
  const inboxes = inboxesOf(events);
  return [
    ...subscriptions.flatMap((one) =>
      checkOwed(one, messages, inboxes.get(one.client) ?? new Map())
    ),
    ...[...inboxes].flatMap(([client, inbox]) => {
      const own = subscriptions.filter((one) => one.client === client);
      return [...inbox].flatMap(([key, got]) =>
        checkReceived(client, key, got, messages.get(key), own)
      );
    }),
    ...events.flatMap(checkEvent(events, messages)),
  ];
}

function inboxesOf(events: readonly Event[]): Map<string, Inbox> {
  const inboxes = new Map<string, Inbox>();
  events.forEach((event, at) => {
    if (event.kind !== "delivery") return;
    const inbox = inboxes.get(event.client) ?? new Map<string, Received>();
    inboxes.set(event.client, inbox);
    const { first = at, fresh = 0 } = inbox.get(keyOf(event)) ?? {};
    inbox.set(keyOf(event), { first, fresh: fresh + (event.isNew ? 1 : 0), last: at });
  });
  return inboxes;
}

/** Lost, and out of order. */
function checkOwed(
  { client, filter, sure }: SubscriptionSpans,
  messages: ReadonlyMap<string, MessageSpan>,
  inbox: Inbox,
): Violation[] {
  const matching = [...messages.values()].filter(({ topic }) => isMatch(filter, topic));
  return sure.flatMap(([from, until]) => {
    const owed = matching.filter(({ first, done }) => from < first && done < until);
    const lost = owed.filter((message) => !inbox.has(keyOf(message)));
    return [
      ...lost.map((message) => lostOf(client, filter, message)),
      ...checkOrder(client, owed, inbox),
    ];
  });
}

function lostOf(client: string, filter: string, message: MessageSpan): Violation {
  const by = message.qos === 1 ? "PUBACK" : "PUBREC";
  return {
    kind: "lost",
    client,
    topic: message.topic,
    promised: `${by} for ${keyOf(message)} (event ${message.promised}), subscribed by ${filter}`,
    came: "nothing",
    at: message.promised,
  };
}

function checkOrder(client: string, owed: readonly MessageSpan[], inbox: Inbox): Violation[] {
  const newest = new Map<string, MessageSpan & { came: number }>();
  return owed.toSorted((a, b) => a.sequence - b.sequence).flatMap((message) => {
    const came = inbox.get(keyOf(message))?.first;
    if (came === undefined) return [];
    const before = newest.get(message.topic);
    if (before === undefined || before.came < came) {
      newest.set(message.topic, { ...message, came });
      return [];
    }
    const { topic } = message;
    const promised = `${keyOf(before)} before ${keyOf(message)}, as published`;
    const order = `${keyOf(message)} (event ${came}) before ${keyOf(before)} (${before.came})`;
    return [{ kind: "order" as const, client, topic, promised, came: order, at: before.came }];
  });
}

/** Twice, and uninvited. */
function checkReceived(
  client: string,
  key: string,
  got: Received,
  message: MessageSpan | undefined,
  own: readonly SubscriptionSpans[],
): Violation[] {
  if (message === undefined) return []; // a will, or a phantom
  const { topic, qos, first, done } = message;
  const matching = own.filter(({ filter }) => isMatch(filter, topic));
  const found: Violation[] = [];
  if (qos === 2 && got.fresh > 1 && matching.every((one) => one.qos === 2)) {
    const [promised, came] = [`${key} once, at QoS 2`, `it came ${got.fresh} times`];
    found.push({ kind: "twice", client, topic, promised, came, at: got.last });
  }
  if (!matching.some(({ possible }) => possible.some((span) => meets(span, [first, done])))) {
    const promised = `not ${key}: no subscription while it was published`;
    const came = `a delivery (event ${got.first})`;
    found.push({ kind: "uninvited", client, topic, promised, came, at: got.first });
  }
  return found;
}

function meets([from, until]: Span, [first, last]: Span): boolean {
  return from < last && first < until;
}

/** Phantoms and damaged payloads. */
function checkEvent(events: readonly Event[], messages: ReadonlyMap<string, MessageSpan>) {
  const wills = new Set(
    events.flatMap((event) =>
      event.kind === "connect" && event.will !== undefined ? [keyOf(event.will)] : []
    ),
  );
  return (event: Event, at: number): Violation[] => {
    const { client } = event;
    if (event.kind === "damaged") {
      const came = `a payload of ${event.payload.length} bytes: ${event.payload.slice(0, 60)}`;
      const promised = "payloads as they were sent";
      return [{ kind: "damaged", client, topic: event.topic, promised, came, at }];
    }
    if (event.kind !== "delivery") return [];
    const sent = messages.get(keyOf(event))?.first ?? Infinity;
    if (sent < at || wills.has(keyOf(event))) return [];
    const promised = "only what was published";
    return [{ kind: "phantom", client, topic: event.topic, promised, came: keyOf(event), at }];
  };
}
