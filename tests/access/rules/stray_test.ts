/** Placeholders in rules, where they mean nothing: each is a mistake, in every form of rules. */
import { assertEquals, assertThrows } from "@std/assert";
import { parseAclConf } from "../../../lib/access/rules/acl_conf.ts";
import { parseRuleTopic, parseRuleTopicOrEq } from "../../../lib/access/rules/rule_topic.ts";
import { strayPlaceholder } from "../../../lib/access/rules/stray.ts";
import { parseYamlRules } from "../../../lib/access/rules/yaml_rules.ts";

Deno.test("what is a placeholder to people, and what is text", () => {
  const table: [text: string, known: string, found: string | undefined][] = [
    ["%t", "", "%t"],
    ["a%u-b", "", "%u"],
    ["a%u-%P", "u", "%P"],
    ["%u%c", "uc", undefined],
    ["x${username}", "u", "${username}"],
    ["%user %c3 100% %x %% %", "", undefined],
    ["$SYS/${", "", undefined],
  ];
  for (const [text, known, found] of table) {
    assertEquals(strayPlaceholder(text, known), found, text);
  }
});

Deno.test("a topic: a part of a level, and what has no value in a rule", () => {
  for (const topic of ["dev-%c/x", "%u%c", "a/%u.", "%t", "a/%r/#", "%P", "%p", "%A", "a/%m"]) {
    assertThrows(() => parseRuleTopic(topic), Error, "has no value here", topic);
    assertEquals(parseRuleTopicOrEq(`eq ${topic}`), { kind: "eq", topic });
  }
  for (const topic of ["%u/%c/%a/%C/%d", "dev-${clientid}", "a/%user", "50%/a", "%C3%A9"]) {
    parseRuleTopic(topic);
  }
});

Deno.test("names are compared as they are, so a placeholder in one is a mistake", () => {
  const conf = [
    '{deny, {user, "%u"}, publish, ["a"]}.',
    '{deny, {client, "dev-%u"}, publish, ["a"]}.',
    '{deny, {user, {re, "^%c-.*"}}, publish, ["a"]}.',
    '{deny, {\'and\', [{clientid, "${username}"}]}, publish, ["a"]}.',
    '{deny, all, publish, ["a/%t"]}.',
  ];
  for (const text of conf) {
    assertThrows(() => parseAclConf(text, "acl.conf"), Error, "acl.conf:1:", text);
    assertThrows(() => parseAclConf(text, "acl.conf"), Error, "has no value here", text);
  }
  const yaml = [
    { user: "%u" },
    { clientid: ["a", "%c"] },
    { user: { regex: "%u.*" } },
    { or: [{ all: true }, { clientid: "x-${username}" }] },
  ];
  for (const who of yaml) {
    const rules = [{ permission: "deny", ...who }];
    assertThrows(() => parseYamlRules(rules, "acl.yaml"), Error, "has no value here");
  }
});
