/**
 * An ordered list of rules, ready to decide: the first rule from the top that applies is the answer.
 *
 * Rules about certain users, client ids or networks are found through an index, so that thousands of
 * them cost a look-up; the others are tried in order. Invariant: the index only leaves out rules that
 * cannot apply, so the answer is that of walking the whole list.
 */
import type { Action } from "../../plugin/types.ts";
import { type IpAddress, maskAddress, type Network } from "../../cidr.ts";
import { MatchedClient, MatchedRequest, ruleApplies } from "./match.ts";
import {
  includesAction,
  type Rule,
  type RuleClient,
  type RuleRequest,
  type Who,
  type WildcardMode,
} from "./rule.ts";

/** The answer, and the rule that gave it. */
export interface RuleDecision {
  /** The rule's permission. */
  readonly result: "allow" | "deny";
  /** The first rule that fits. */
  readonly rule: Rule;
  /** Its place among the rules, from 0. */
  readonly position: number;
}

/** Rules in order, with their index. Immutable: a reload makes a new one. */
export class RuleSet {
  /** As they were given, in order. */
  readonly rules: readonly Rule[];
  /** Does any rule speak of receive? If not, deliveries need not be asked about. */
  readonly hasReceiveRules: boolean;
  /** Can an answer depend on the QoS? */
  readonly usesQos: boolean;
  /** Can an answer depend on the RETAIN flag? */
  readonly usesRetain: boolean;
  readonly #indexes: Readonly<Record<Action, RuleIndex>>;
  /** What rules have found out about clients, for as long as these are there. */
  readonly #subjects = new WeakMap<RuleClient, MatchedClient>();

  /** Makes the index: costs time and memory in proportion to the rules. */
  constructor(rules: readonly Rule[]) {
    this.rules = rules;
    this.hasReceiveRules = rules.some((rule) => rule.action === "receive");
    this.usesQos = rules.some((rule) => rule.qos !== undefined);
    this.usesRetain = rules.some((rule) => rule.retain !== undefined);
    this.#indexes = {
      publish: new RuleIndex(rules, "publish"),
      subscribe: new RuleIndex(rules, "subscribe"),
      receive: new RuleIndex(rules, "receive"),
    };
  }

  /** The first rule from the top that applies; undefined when none does. */
  decide(request: RuleRequest, wildcards: WildcardMode): RuleDecision | undefined {
    const question = new MatchedRequest(request, wildcards, this.#subjectOf(request.client));
    const candidates = new Ascending(this.#indexes[request.action].candidates(question.subject));
    for (;;) {
      const position = candidates.take();
      if (position === undefined) return undefined;
      const rule = this.rules[position]!;
      if (ruleApplies(rule, question)) return { result: rule.permission, rule, position };
    }
  }

  #subjectOf(client: RuleClient): MatchedClient {
    const known = this.#subjects.get(client);
    if (known?.isCurrent) return known;
    const subject = new MatchedClient(client);
    this.#subjects.set(client, subject);
    return subject;
  }
}

/** A key of the index: a rule is found under each of its keys. */
type Key =
  | { readonly kind: "user"; readonly name: string }
  | { readonly kind: "clientid"; readonly name: string }
  | { readonly kind: "ip"; readonly network: Network };

/** The positions, ascending, of one action's rules. */
class RuleIndex {
  readonly #anybody: number[] = [];
  readonly #users = new Map<string, number[]>();
  readonly #clientIds = new Map<string, number[]>();
  /** Prefix length -> masked address -> positions. */
  readonly #networks = new Map<number, Map<string, number[]>>();

  constructor(rules: readonly Rule[], action: Action) {
    rules.forEach((rule, position) => {
      if (!includesAction(rule.action, action)) return;
      const keys = keysOf(rule.who);
      if (keys === undefined) this.#anybody.push(position);
      else for (const key of keys) append(this.#listOf(key), position);
    });
  }

  /** Lists of positions that together hold every rule about this client, and perhaps others. */
  candidates(subject: MatchedClient): readonly (readonly number[])[] {
    const { username, clientId } = subject.client;
    const lists: (readonly number[] | undefined)[] = [this.#anybody];
    if (username !== undefined) lists.push(this.#users.get(username));
    lists.push(this.#clientIds.get(clientId));
    if (this.#networks.size > 0 && subject.address !== undefined) {
      for (const [prefixLength, networks] of this.#networks) {
        lists.push(networks.get(addressKey(maskAddress(subject.address, prefixLength))));
      }
    }
    return lists.filter((list) => list !== undefined && list.length > 0) as (readonly number[])[];
  }

  #listOf(key: Key): number[] {
    if (key.kind === "user") return listIn(this.#users, key.name);
    if (key.kind === "clientid") return listIn(this.#clientIds, key.name);
    const { base, prefixLength } = key.network;
    let networks = this.#networks.get(prefixLength);
    if (networks === undefined) this.#networks.set(prefixLength, networks = new Map());
    return listIn(networks, addressKey(base));
  }
}

/**
 * Keys of which a client must have one for `who` to match; undefined when there are none, so that
 * the rule has to be tried for everybody.
 */
function keysOf(who: Who): Key[] | undefined {
  switch (who.kind) {
    case "user":
      return Array.from(who.names, (name) => ({ kind: "user", name }));
    case "clientid":
      return Array.from(who.names, (name) => ({ kind: "clientid", name }));
    case "ip":
      return who.networks.map((network) => ({ kind: "ip", network }));
    case "and":
      return shortest(who.parts.map(keysOf));
    case "or": {
      const keys = who.parts.map(keysOf);
      return keys.includes(undefined) ? undefined : keys.flatMap((list) => list ?? []);
    }
    case "all":
    case "pattern":
      return undefined;
  }
}

/** Every part of an `and` must match, so the keys of any one of them do. */
function shortest(lists: readonly (Key[] | undefined)[]): Key[] | undefined {
  return lists.reduce(
    (best, list) =>
      best === undefined || (list !== undefined && list.length < best.length) ? list : best,
    undefined,
  );
}

function listIn(lists: Map<string, number[]>, name: string): number[] {
  let list = lists.get(name);
  if (list === undefined) lists.set(name, list = []);
  return list;
}

/** A rule that names the same user twice is listed once. */
function append(list: number[], position: number): void {
  if (list.at(-1) !== position) list.push(position);
}

function addressKey(address: IpAddress): string {
  return address.join();
}

/** Goes through several ascending lists at once, in ascending order; what two lists have comes once. */
class Ascending {
  readonly #lists: readonly (readonly number[])[];
  /** For each list the place of its next number. */
  readonly #next: number[];

  constructor(lists: readonly (readonly number[])[]) {
    this.#lists = lists;
    this.#next = lists.map(() => 0);
  }

  /** The next number, undefined at the end. */
  take(): number | undefined {
    let least: number | undefined;
    for (let i = 0; i < this.#lists.length; i++) {
      const value = this.#lists[i]![this.#next[i]!];
      if (value !== undefined && (least === undefined || value < least)) least = value;
    }
    if (least === undefined) return undefined;
    for (let i = 0; i < this.#lists.length; i++) {
      if (this.#lists[i]![this.#next[i]!] === least) this.#next[i]! += 1;
    }
    return least;
  }
}
