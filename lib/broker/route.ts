/**
 * From a topic name to the sessions that get its messages. Invariants: a route is as old as the tree's generation
 * says; verdicts for receive live in it, stamped with the generation of the rules; each session is on it once.
 */
import type { Beyond } from "../bus/bus.ts";
import type { SubscriptionOptions } from "../session/subscription.ts";
import type { TopicEntry } from "../topic/topic_cache.ts";
import type { SharedGroup } from "../topic/shared_group.ts";
import type { ClientInfo } from "./client_info.ts";
import type { Core } from "./core.ts";
import type { BrokerSession } from "./sessions.ts";

/** A session on a route, with what is known of its receive rules. */
export interface Recipient {
  readonly session: BrokerSession;
  readonly options: SubscriptionOptions;
  /** Two bits for each of six cases of qos and retain: known, allowed. */
  verdicts: number;
  rulesGeneration: number;
  /** Whom the verdicts are about: the next client of the same session may be another. */
  holder: ClientInfo | undefined;
}

/** The members of one shared subscription. */
export type RecipientGroup = SharedGroup<BrokerSession, SubscriptionOptions>;

/** The receivers of one topic name. */
export interface Route {
  readonly recipients: readonly Recipient[];
  readonly groups: readonly RecipientGroup[];
  /** Who is subscribed at other members of the bus; undefined: no one. */
  readonly beyond: Beyond | undefined;
}

/** Does anyone get messages by this route? */
export function isHeard({ recipients, groups, beyond }: Route): boolean {
  return recipients.length + groups.length > 0 || beyond !== undefined;
}

/** The receivers of a topic name, from the cache while nothing has changed. */
export function routeOf(core: Core, entry: TopicEntry<Route>): Route {
  const { generation } = core.tree;
  if (entry.match !== undefined && entry.generation === generation) return entry.match;
  const route = findRoute(core, entry.topicName);
  core.topics.keep(entry, route, generation, weightOf(route));
  return route;
}

/** Identifiers that take as much memory as a receiver. */
const IDENTIFIERS_A_RECEIVER = 10;

/** What a route counts for, in receivers: one client's thousand identifiers are a hundred. */
function weightOf({ recipients, groups, beyond }: Route): number {
  let identifiers = 0;
  for (const { options } of recipients) identifiers += options.identifiers?.length ?? 0;
  const elsewhere = beyond === undefined ? 0 : beyond.peers.length + beyond.shared.length;
  return recipients.length + groups.length + elsewhere +
    Math.ceil(identifiers / IDENTIFIERS_A_RECEIVER);
}

/** The receivers of a topic name, asked of the tree. */
export function findRoute(core: Core, topicName: string): Route {
  const { subscribers, groups } = core.tree.match(topicName);
  const beyond = core.bus.match(topicName);
  const recipients: Recipient[] = [];
  for (const [session, options] of subscribers) {
    recipients.push({ session, options, verdicts: 0, rulesGeneration: -1, holder: undefined });
  }
  return { recipients, groups: beyond === undefined ? groups : ownGroups(groups, beyond), beyond };
}

/** Those that have no members elsewhere: of the others each message goes to one, here or there. */
function ownGroups(
  groups: readonly RecipientGroup[],
  { shared }: Beyond,
): readonly RecipientGroup[] {
  if (shared.length === 0) return groups;
  const filters = new Set(shared.map(({ filter }) => filter));
  return groups.filter(({ filter }) => !filters.has(filter));
}
