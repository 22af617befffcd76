/** Requests and decisions of the tests of this folder, in few words. */
import { parseAclConf } from "../../../lib/access/rules/acl_conf.ts";
import type { RuleClient, RuleRequest, WildcardMode } from "../../../lib/access/rules/rule.ts";
import { RuleSet } from "../../../lib/access/rules/rule_set.ts";
import type { Action } from "../../../lib/plugin/types.ts";

/** A client; what is not given is ordinary. */
export function clientOf(part: Partial<RuleClient> = {}): RuleClient {
  return { clientId: "c1", username: "u1", address: "192.0.2.7", ...part };
}

/** A request; QoS 0, not retained, unless told otherwise. */
export function requestOf(
  action: Action,
  topic: string,
  client: Partial<RuleClient> = {},
  more: Partial<RuleRequest> = {},
): RuleRequest {
  return { client: clientOf(client), action, topic, qos: 0, retain: false, ...more };
}

/** The rules of an acl.conf. */
export function rulesOf(conf: string): RuleSet {
  return new RuleSet(parseAclConf(conf, "acl.conf"));
}

/** `allow`, `deny` or `-` for no answer. */
export function answer(
  rules: RuleSet,
  request: RuleRequest,
  wildcards: WildcardMode = "strict",
): string {
  return rules.decide(request, wildcards)?.result ?? "-";
}
