/**
 * What a history says of messages and subscriptions: from when to when something may have been so, and from when to
 * when it surely was. Invariants: a time is an index of the history; what is still so at its end goes on to Infinity.
 */
import { type Event, keyOf, type Mark, type Qos } from "./history.ts";

/** A published message. The broker has taken it over somewhere between `first` and `done`. */
export interface MessageSpan extends Mark {
  readonly publisher: string;
  readonly qos: Qos;
  readonly isClear: boolean;
  /** It was sent for the first time. */
  readonly first: number;
  /** PUBACK or PUBREC came: from here on the broker answers for it. */
  promised: number;
  /** PUBACK or PUBCOMP came: nothing of it is under way any more. */
  done: number;
}

/** From, until. */
export type Span = [from: number, until: number];

/** What a client subscribed to with one filter. */
export interface SubscriptionSpans {
  readonly client: string;
  readonly filter: string;
  readonly qos: Qos;
  /** SUBACK had come, and no UNSUBSCRIBE had been sent; none of what a clean start ended later. */
  readonly sure: Span[];
  /** SUBSCRIBE had been sent, and no UNSUBACK had come. */
  readonly possible: Span[];
}

/** All published messages, by their key, in the order of their first sending. */
export function messagesOf(events: readonly Event[]): Map<string, MessageSpan> {
  const messages = new Map<string, MessageSpan>();
  events.forEach((event, at) => {
    if (event.kind === "publish") {
      const { client: publisher, topic, sequence, qos, isClear } = event;
      const key = keyOf(event);
      if (messages.has(key)) return;
      const open = { first: at, promised: Infinity, done: Infinity };
      messages.set(key, { publisher, topic, sequence, qos, isClear, ...open });
    } else if (event.kind === "puback" || event.kind === "pubrec" || event.kind === "pubcomp") {
      const message = messages.get(keyOf(event));
      if (message === undefined) return;
      message.promised = Math.min(message.promised, at);
      if (event.kind !== "pubrec") message.done = Math.min(message.done, at);
    }
  });
  return messages;
}

/** All subscriptions, by client and filter. */
export function subscriptionsOf(events: readonly Event[]): SubscriptionSpans[] {
  const clients = new Map<string, Map<string, SubscriptionSpans>>();
  const forgetting = new Set<string>();
  events.forEach((event, at) => {
    const { client, kind } = event;
    const own = clients.get(client) ?? new Map<string, SubscriptionSpans>();
    clients.set(client, own);
    if (kind === "connect") {
      if (event.clean) forgetting.add(client);
      else forgetting.delete(client);
      // A clean start throws away what waited, of every subscription that there was.
      if (event.clean) own.forEach(({ sure }) => sure.length = 0);
    } else if (kind === "connack" && forgetting.delete(client)) {
      own.forEach(({ possible }) => close(possible, at));
    } else if (kind === "subscribe") {
      const { filter, qos } = event;
      if (!own.has(filter)) own.set(filter, { client, filter, qos, sure: [], possible: [] });
      open(own.get(filter)!.possible, at);
    } else if (kind === "suback") open(own.get(event.filter)!.sure, at);
    else if (kind === "unsubscribe") close(own.get(event.filter)?.sure ?? [], at);
    else if (kind === "unsuback") close(own.get(event.filter)?.possible ?? [], at);
  });
  return [...clients.values()].flatMap((own) => [...own.values()]);
}

function open(spans: Span[], at: number): void {
  if (spans.at(-1)?.[1] !== Infinity) spans.push([at, Infinity]);
}

function close(spans: Span[], at: number): void {
  const last = spans.at(-1);
  if (last?.[1] === Infinity) last[1] = at;
}

/** Does a filter without `$` match the topic name? */
export function isMatch(filter: string, topic: string): boolean {
  const names = topic.split("/");
  const levels = filter.split("/");
  for (const [at, level] of levels.entries()) {
    if (level === "#") return true;
    if (at >= names.length || level !== "+" && level !== names[at]) return false;
  }
  return levels.length === names.length;
}
