/**
 * The one model of an access rule, whatever it was read from: acl.conf, YAML, a database's row.
 * Invariant: data only and complete: names, networks, patterns and topics are checked when it is made.
 */
import type { Action, ClientView } from "../../plugin/types.ts";
import type { QoS } from "../../wire/packets.ts";
import type { Network } from "../../cidr.ts";
import type { Pattern } from "./pattern.ts";
import type { RuleTopic } from "./rule_topic.ts";

/** What a rule can know of a client. */
export type RuleClient = Pick<ClientView, "clientId" | "username" | "address" | "certificate">;

/** Whom a rule is about. An empty `and` is everybody, an empty `or` is no one. */
export type Who =
  | { readonly kind: "all" }
  /** Compared as they are. A client without a username is no `user`. */
  | { readonly kind: "user" | "clientid"; readonly names: ReadonlySet<string> }
  | { readonly kind: "ip"; readonly networks: readonly Network[] }
  /** The whole username, client id or address matches. */
  | {
    readonly kind: "pattern";
    readonly field: "user" | "clientid" | "ip";
    readonly pattern: Pattern;
  }
  | { readonly kind: "and" | "or"; readonly parts: readonly Who[] };

/** What a rule is about: `pubsub` is publish and subscribe. Only `receive` means receive. */
export type RuleAction = "publish" | "subscribe" | "pubsub" | "receive";

/** If `who` does `action` with one of `topics`, the answer is `permission`. */
export interface Rule {
  /** The answer where the rule fits. */
  readonly permission: "allow" | "deny";
  /** Whom it is about. */
  readonly who: Who;
  /** What they do. */
  readonly action: RuleAction;
  /** One of these must fit. */
  readonly topics: readonly RuleTopic[];
  /** Undefined: any QoS. For subscribe it is the QoS asked for. */
  readonly qos?: readonly QoS[] | undefined;
  /** Undefined: any. Compared with the RETAIN flag of a message; a subscription has none. */
  readonly retain?: boolean | undefined;
  /** For people: where it stands, `acl.conf:12` or `acl.yaml, rule 3`. */
  readonly where: string;
  /** For people: the rule as it was written. */
  readonly text: string;
}

/** What is to be decided. */
export interface RuleRequest {
  /** Who wants it. */
  readonly client: RuleClient;
  /** What is wanted. */
  readonly action: Action;
  /** A topic name; for subscribe a topic filter without `$share/GROUP/` or `$queue/`. */
  readonly topic: string;
  /** Of the message; for subscribe the QoS asked for. */
  readonly qos: QoS;
  /** The message's RETAIN flag; false for subscribe. */
  readonly retain: boolean;
}

/** `acl_wildcards`: how a SUBSCRIBE's filter is compared, see match.ts. */
export type WildcardMode = "strict" | "emqx";

/** Everybody. */
export const EVERYBODY: Who = { kind: "all" };

/** Is a rule for `ruleAction` about `action`? */
export function includesAction(ruleAction: RuleAction, action: Action): boolean {
  return ruleAction === action || (ruleAction === "pubsub" && action !== "receive");
}
