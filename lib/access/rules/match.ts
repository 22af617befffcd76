/**
 * Does one rule apply to one request?
 *
 * Topic names (publish, receive) are matched as the broker matches subscriptions. A SUBSCRIBE's
 * filter is compared as `acl_wildcards` says: with `strict` an allow must cover every topic that the
 * filter can match and a deny fires when they share one; with `emqx` the filter is compared as if it
 * were a topic name. Under both a leading wildcard never means topics that begin with `$`.
 */
import { filterCovers, filterMatches, filtersIntersect } from "../../topic/filter.ts";
import { type IpAddress, networkContains, parseAddress, plainAddress } from "../../cidr.ts";
import type { Pattern } from "./pattern.ts";
import {
  includesAction,
  type Rule,
  type RuleClient,
  type RuleRequest,
  type Who,
  type WildcardMode,
} from "./rule.ts";
import {
  fillTemplate,
  hasPrefix,
  levelValue,
  literalPrefix,
  type PlaceholderField,
  type RuleTopic,
  type TemplatePart,
} from "./rule_topic.ts";

/** A client as rules see it; what has to be worked out is worked out once, when first asked for. */
export class MatchedClient {
  /** Whose values are filled in. */
  readonly client: RuleClient;
  readonly #username: string | undefined;
  readonly #clientId: string;
  #patterns: Map<Pattern, boolean> | undefined;
  #address: IpAddress | undefined | null = null;
  /** Null: there is no value that may be filled in. */
  readonly #values = new Map<PlaceholderField, string | null>();

  constructor(client: RuleClient) {
    this.client = client;
    this.#username = client.username;
    this.#clientId = client.clientId;
  }

  /** Has the client the names that it had when this was made? Else what was worked out is void. */
  get isCurrent(): boolean {
    return this.client.username === this.#username && this.client.clientId === this.#clientId;
  }

  /** Does the pattern match this name of the client? A long name and a large pattern take many milliseconds. */
  matches(pattern: Pattern, name: string): boolean {
    const patterns = this.#patterns ??= new Map();
    let known = patterns.get(pattern);
    if (known === undefined) patterns.set(pattern, known = pattern.matches(name));
    return known;
  }

  /** Undefined when the peer has no internet address. */
  get address(): IpAddress | undefined {
    if (this.#address === null) this.#address = parseAddress(this.client.address);
    return this.#address;
  }

  /** What a placeholder stands for; undefined when that may not be filled in. */
  readonly value = (field: PlaceholderField): string | undefined => {
    let value = this.#values.get(field);
    if (value === undefined) {
      value = levelValue(rawValue(this.client, field)) ?? null;
      this.#values.set(field, value);
    }
    return value ?? undefined;
  };
}

function rawValue(client: RuleClient, field: PlaceholderField): string | undefined {
  switch (field) {
    case "username":
      return client.username;
    case "clientId":
      return client.clientId;
    case "address":
      return plainAddress(client.address);
    case "commonName":
      return client.certificate?.commonName || undefined;
    case "certificateSubject":
      return client.certificate?.subject || undefined;
  }
}

/** A request with all that is worked out once for all rules. */
export class MatchedRequest {
  readonly request: RuleRequest;
  readonly subject: MatchedClient;
  readonly #wildcards: WildcardMode;
  #prefix: string | undefined;

  /** @param subject the request's client; a caller who has many requests of one keeps it */
  constructor(
    request: RuleRequest,
    wildcards: WildcardMode,
    subject: MatchedClient = new MatchedClient(request.client),
  ) {
    this.request = request;
    this.subject = subject;
    this.#wildcards = wildcards;
  }

  /** How the topics of a rule with this permission are compared with the request's. */
  relation(permission: "allow" | "deny"): Relation {
    if (this.request.action !== "subscribe" || this.#wildcards === "emqx") return "matches";
    return permission === "allow" ? "covers" : "intersects";
  }

  /** What the topics that the request's filter matches begin with. */
  get prefix(): string {
    return this.#prefix ??= literalPrefix(this.request.topic);
  }
}

/** How a rule's topic is compared with the request's. */
export type Relation = "matches" | "covers" | "intersects";

/** Is this rule's permission the answer? */
export function ruleApplies(rule: Rule, matched: MatchedRequest): boolean {
  const { request, subject } = matched;
  if (!includesAction(rule.action, request.action) || !conditionsHold(rule, request)) return false;
  return whoMatches(rule.who, subject) && topicsMatch(rule, matched);
}

function conditionsHold(rule: Rule, request: RuleRequest): boolean {
  if (rule.qos !== undefined && !rule.qos.includes(request.qos)) return false;
  return rule.retain === undefined || request.action === "subscribe" ||
    rule.retain === request.retain;
}

/** Is the client one of those that a rule is about? */
export function whoMatches(who: Who, subject: MatchedClient): boolean {
  switch (who.kind) {
    case "all":
      return true;
    case "user":
      return subject.client.username !== undefined && who.names.has(subject.client.username);
    case "clientid":
      return who.names.has(subject.client.clientId);
    case "ip": {
      const address = subject.address;
      return address !== undefined &&
        who.networks.some((network) => networkContains(network, address));
    }
    case "pattern": {
      const text = patternText(who.field, subject.client);
      return text !== undefined && subject.matches(who.pattern, text);
    }
    case "and":
      return who.parts.every((part) => whoMatches(part, subject));
    case "or":
      return who.parts.some((part) => whoMatches(part, subject));
  }
}

function patternText(field: "user" | "clientid" | "ip", client: RuleClient): string | undefined {
  if (field === "user") return client.username;
  return field === "clientid" ? client.clientId : plainAddress(client.address);
}

function topicsMatch(rule: Rule, matched: MatchedRequest): boolean {
  const relation = matched.relation(rule.permission);
  for (const topic of rule.topics) {
    if (topicMatches(topic, relation, matched)) return true;
  }
  return false;
}

function topicMatches(topic: RuleTopic, relation: Relation, matched: MatchedRequest): boolean {
  const asked = matched.request.topic;
  switch (topic.kind) {
    case "all":
      return true;
    case "eq":
      // A filter that can match a literally denied topic shares it.
      return topic.topic === asked ||
        (relation === "intersects" && !hasWildcard(topic.topic) &&
          filterMatches(asked, topic.topic));
    case "filter":
      return mayRelate(topic.prefix, relation, matched) &&
        filterRelates(topic.filter, asked, relation);
    case "template": {
      if (!mayRelate(topic.prefix, relation, matched)) return false;
      const filter = fillTemplate(topic.parts, matched.subject.value);
      return filter !== undefined && filterRelates(filter, asked, relation);
    }
  }
}

function mayRelate(
  prefix: readonly TemplatePart[],
  relation: Relation,
  matched: MatchedRequest,
): boolean {
  const meets = relation === "intersects";
  const text = meets ? matched.prefix : matched.request.topic;
  return hasPrefix(text, prefix, matched.subject.value, meets);
}

function filterRelates(filter: string, asked: string, relation: Relation): boolean {
  if (relation === "matches") return filterMatches(filter, asked);
  return relation === "covers" ? filterCovers(filter, asked) : filtersIntersect(filter, asked);
}

function hasWildcard(text: string): boolean {
  return text.includes("+") || text.includes("#");
}
