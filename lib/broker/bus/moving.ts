/**
 * A session goes from one broker to another: what is stored of one, as values. Invariants: it is in one place at a time;
 * packet ids, the order of what waits and QoS 2 exchanges stay as they are [MQTT-4.4.0-1]; times are those of the broker
 * that has it.
 */
import type { InflightMessage } from "../../session/inflight.ts";
import type { Message } from "../../session/message.ts";
import type { QueuedMessage } from "../../session/queue.ts";
import { emptyState, type StoredEntry, type StoredState } from "../../storage/state.ts";
import { SharedGroup } from "../../topic/shared_group.ts";
import { ClientInfo } from "../client_info.ts";
import type { Core } from "../core.ts";
import type { BrokerSession } from "../sessions.ts";
import { groupOf } from "../shared.ts";
import { addSubscription, removeSubscription } from "../subscriptions.ts";

/** Takes a session without a connection out of this broker. */
export function moveOut(core: Core, session: BrokerSession): StoredState {
  const state = emptyState();
  state.time = core.clock.now();
  state.sessions.set(session.clientId, {
    client: session.holder!,
    expiryInterval: session.expiryInterval,
    detachedAt: session.detachedAt,
    lastPacketId: session.lastPacketId,
    subscriptions: new Map(session.subscriptions),
    received: new Set(session.receivedIds),
    entries: new Map(entriesOf(session).map((entry, i) => [i + 1, entry])),
  });
  for (const topicFilter of session.subscriptions.keys()) {
    removeSubscription(core.tree, session, topicFilter);
  }
  core.wills.cancel(session); // its client is back [MQTT-3.1.3-9]
  core.sessions.delete(session);
  core.rights.forget(session);
  session.end();
  return state;
}

function entriesOf(session: BrokerSession): StoredEntry[] {
  const entries: StoredEntry[] = [];
  for (const [packetId, one] of session.underWay) {
    entries.push(entryOf(one, packetId, one.released));
  }
  for (const one of session.waiting(Infinity)) entries.push(entryOf(one, 0, false));
  return entries;
}

function entryOf(one: QueuedMessage, packetId: number, released: boolean): StoredEntry {
  const { message, qos, retain, identifiers, group } = one;
  const filter = group instanceof SharedGroup ? group.filter : undefined;
  return { message, qos, retain, identifiers, group: filter, packetId, released };
}

/** What was taken out elsewhere is here now, and waits for its client. */
export function moveIn(core: Core, { sessions, time }: StoredState): void {
  const now = core.clock.now();
  const messages = new Map<Message, Message>();
  const ours = (message: Message): Message => {
    const known = messages.get(message);
    if (known !== undefined) return known;
    const { expiresAt } = message;
    const moved = message.with({
      order: ++core.lastOrder,
      expiresAt: expiresAt === undefined ? undefined : expiresAt - time + now,
      recorded: 0,
    });
    messages.set(message, moved);
    return moved;
  };
  for (const stored of sessions.values()) {
    const { client, expiryInterval, lastPacketId } = stored;
    const session = core.sessions.restore(client.clientId, expiryInterval);
    for (const [topicFilter, options] of stored.subscriptions) {
      addSubscription(core.tree, session, topicFilter, options);
    }
    for (const packetId of stored.received) session.receive(packetId);
    const entries = [...stored.entries.values()].map((entry) =>
      [entry.packetId, exchangeOf(core, entry, ours(entry.message))] as const
    );
    session.restore(ClientInfo.restored(client), now, lastPacketId, entries);
    core.sessions.detached(session);
  }
}

function exchangeOf(core: Core, entry: StoredEntry, message: Message): InflightMessage {
  const { qos, retain, identifiers, group, released } = entry;
  const shared = group === undefined ? undefined : groupOf(core, group);
  return { message, qos, retain, identifiers, group: shared, record: undefined, released };
}
