/**
 * A QoS 2 message that another broker has taken over (PUBREC is sent) and has not delivered yet: mosquitto does that at
 * PUBREL, Midge at once. Invariant: every session that it is for gets it once, so that PUBREL has nothing to do any more.
 */
import type { Message } from "../../session/message.ts";
import { mergeOptions, type SubscriptionOptions } from "../../session/subscription.ts";
import { filterMatches, splitSharedFilter } from "../../topic/filter.ts";
import type { QoS } from "../../wire/packets.ts";
import type { StoredSession } from "../state.ts";
import type { StateBuilder } from "./builder.ts";

/** Puts it behind what waits in all sessions that are subscribed; of a shared subscription one gets it. */
export function spread(builder: StateBuilder, message: Message): void {
  const groups = new Set<string>();
  for (const session of builder.state.sessions.values()) {
    const plain: SubscriptionOptions[] = [];
    for (const [filter, options] of session.subscriptions) {
      const split = splitSharedFilter(filter);
      if (typeof split === "string" || !filterMatches(split.topicFilter, message.topicName)) {
        continue;
      }
      if (split.group === undefined) plain.push(options);
      else if (!groups.has(filter)) {
        groups.add(filter);
        wait(builder, session, message, options, filter);
      }
    }
    if (plain.length > 0) wait(builder, session, message, mergeOptions(plain), undefined);
  }
  retainNewer(builder, message);
}

function wait(
  builder: StateBuilder,
  session: StoredSession,
  message: Message,
  options: SubscriptionOptions,
  group: string | undefined,
): void {
  const granted = session.client.clientId === message.publisher ? options.own : options;
  const qos = Math.min(granted?.qos ?? 0, message.qos) as QoS;
  if (granted === undefined || qos === 0) return; // what is QoS 0 does not wait for who is away
  const { identifiers, retainAsPublished } = granted;
  const retain = retainAsPublished && message.retain;
  builder.entry(session, {
    message,
    qos,
    retain,
    identifiers,
    group,
    packetId: 0,
    released: false,
  });
}

function retainNewer({ state: { retained } }: StateBuilder, message: Message): void {
  if (!message.retain) return;
  const known = retained.get(message.topicName);
  if (known !== undefined && known.order > message.order) return;
  if (message.payload.length === 0) retained.delete(message.topicName);
  else retained.set(message.topicName, message);
}
