/**
 * Does one rule apply to one request? Called by rule_set.ts for the rules that its index gives.
 *
 * Topic names (publish, receive) are matched as the broker matches subscriptions. A SUBSCRIBE's
 * filter is compared as `acl_wildcards` says: with `strict` an allow must cover every topic that the
 * filter can match and a deny fires when they share one; with `emqx` the filter is compared as if it
 * were a topic name. Under both a leading wildcard never means topics that begin with `$`.
 */
import { filterCovers, filterMatches, filtersIntersect } from "../topic/filter.ts";
import { type Address, networkContains, parseAddress, plainAddress } from "./cidr.ts";
import {
  includesAction,
  type Rule,
  type RuleClient,
  type RuleRequest,
  type Who,
  type WildcardMode,
} from "./rule.ts";
import { fillTemplate, levelValue, type PlaceholderField, type RuleTopic } from "./rule_topic.ts";

/** A client as rules see it; what has to be worked out is worked out once, when first asked for. */
export class Subject {
  readonly client: RuleClient;
  #address: Address | undefined | null = null;
  readonly #values = new Map<PlaceholderField, string | undefined>();

  constructor(client: RuleClient) {
    this.client = client;
  }

  /** Undefined when the peer has no internet address. */
  get address(): Address | undefined {
    if (this.#address === null) this.#address = parseAddress(this.client.address);
    return this.#address;
  }

  /** What a placeholder stands for; undefined when that may not be filled in. */
  readonly value = (field: PlaceholderField): string | undefined => {
    if (!this.#values.has(field)) this.#values.set(field, levelValue(rawValue(this.client, field)));
    return this.#values.get(field);
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
      return client.certificate?.commonName;
    case "certificateSubject":
      return client.certificate?.subject;
  }
}

/** Is this rule's permission the answer to this request? */
export function ruleApplies(
  rule: Rule,
  request: RuleRequest,
  subject: Subject,
  mode: WildcardMode,
): boolean {
  return includesAction(rule.action, request.action) &&
    conditionsHold(rule, request) &&
    whoMatches(rule.who, subject) &&
    topicsMatch(rule, request, subject, mode);
}

function conditionsHold(rule: Rule, request: RuleRequest): boolean {
  if (rule.qos !== undefined && !rule.qos.includes(request.qos)) return false;
  return rule.retain === undefined || request.action === "subscribe" ||
    rule.retain === request.retain;
}

/** Is the client one of those that a rule is about? */
export function whoMatches(who: Who, subject: Subject): boolean {
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
      return text !== undefined && who.pattern.matches(text);
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

/** How a rule's topic is compared with the request's. */
type Relation = "matches" | "covers" | "intersects";

function relationOf(rule: Rule, request: RuleRequest, mode: WildcardMode): Relation {
  if (request.action !== "subscribe" || mode === "emqx") return "matches";
  return rule.permission === "allow" ? "covers" : "intersects";
}

function topicsMatch(
  rule: Rule,
  request: RuleRequest,
  subject: Subject,
  mode: WildcardMode,
): boolean {
  const relation = relationOf(rule, request, mode);
  return rule.topics.some((topic) => topicMatches(topic, request.topic, relation, subject));
}

function topicMatches(
  topic: RuleTopic,
  asked: string,
  relation: Relation,
  subject: Subject,
): boolean {
  switch (topic.kind) {
    case "all":
      return true;
    case "eq":
      // A filter that can match a literally denied topic shares it.
      return topic.topic === asked ||
        (relation === "intersects" && !hasWildcard(topic.topic) &&
          filterMatches(asked, topic.topic));
    case "filter":
      return filterRelates(topic.filter, asked, relation);
    case "template": {
      const filter = fillTemplate(topic.parts, subject.value);
      return filter !== undefined && filterRelates(filter, asked, relation);
    }
  }
}

function filterRelates(filter: string, asked: string, relation: Relation): boolean {
  if (relation === "matches") return filterMatches(filter, asked);
  return relation === "covers" ? filterCovers(filter, asked) : filtersIntersect(filter, asked);
}

function hasWildcard(text: string): boolean {
  return text.includes("+") || text.includes("#");
}
