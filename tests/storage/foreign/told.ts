/** A stored state in a few words for tests. Invariant: everything is in them that an import decides. */
import type { StoredEntry, StoredSession, StoredState } from "../../../lib/storage/state.ts";

/** A session: `a/# q2 no-local id7`, `#1 a/1 q2 released`. */
export interface ToldSession {
  readonly username: string | undefined;
  readonly expiryInterval: number;
  readonly lastPacketId: number;
  readonly subscriptions: readonly string[];
  readonly received: readonly number[];
  readonly entries: readonly string[];
}

/** By client id. */
export function tellSessions({ sessions }: StoredState): Record<string, ToldSession> {
  return Object.fromEntries(Array.from(sessions, ([id, session]) => [id, tell(session)]));
}

function tell(session: StoredSession): ToldSession {
  const { client, expiryInterval, lastPacketId, subscriptions, received, entries } = session;
  return {
    username: client.username,
    expiryInterval,
    lastPacketId,
    subscriptions: Array.from(
      subscriptions,
      ([filter, { qos, noLocal, retainAsPublished, identifiers }]) =>
        words(
          filter,
          `q${qos}`,
          noLocal && "no-local",
          retainAsPublished && "as-published",
          ids(identifiers),
        ),
    ),
    received: [...received],
    entries: Array.from(entries.values(), tellEntry),
  };
}

function tellEntry(
  { message, qos, retain, identifiers, group, packetId, released }: StoredEntry,
): string {
  return words(
    packetId > 0 && `#${packetId}`,
    message.topicName,
    `q${qos}`,
    retain && "retain",
    ids(identifiers),
    group,
    released && "released",
  );
}

function ids(identifiers: readonly number[] | undefined): string | undefined {
  return identifiers && `id${identifiers.join()}`;
}

function words(...all: readonly (string | false | undefined)[]): string {
  return all.filter((word) => typeof word === "string").join(" ");
}
