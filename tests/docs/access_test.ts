/** What docs/ACCESS.md says of rules, answers, the chain and placeholders is what clients see. */
import { assertEquals } from "@std/assert";
import type { BrokerOptions } from "../../mod.ts";
import { defaultRules } from "../../lib/access/rules/rule_file.ts";
import { RuleSet } from "../../lib/access/rules/rule_set.ts";
import { parseAclConf } from "../../lib/access/rules/acl_conf.ts";
import { parseYamlRules } from "../../lib/access/rules/yaml_rules.ts";
import { parseYaml } from "../../lib/config/yaml.ts";
import { answer, requestOf } from "../access/rules/support.ts";
import { codeBlocks } from "../support/markdown.ts";
import { RawClient } from "../support/raw_client.ts";
import {
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  suback,
  subscribe,
} from "../support/raw_packets.ts";
import { startBroker } from "../support/running_broker.ts";

const TEXT = await Deno.readTextFile(new URL("../../docs/ACCESS.md", import.meta.url));

/** The first YAML block below a heading. */
function example(heading: string): BrokerOptions {
  const [text] = codeBlocks(TEXT.slice(TEXT.indexOf(`\n## ${heading}\n`)), "yaml");
  return parseYaml(text!, "ACCESS.md") as BrokerOptions;
}

function rulesOf(options: BrokerOptions): RuleSet {
  const { acl_file } = options.plugins as { acl_file: { rules: unknown } };
  return new RuleSet(parseYamlRules(acl_file.rules, "rules"));
}

Deno.test("the guide's rules: in YAML, in acl.conf and by default the same, exceptions before rules", () => {
  const yaml = rulesOf(example("Rules"));
  const conf = new RuleSet(parseAclConf(codeBlocks(TEXT, "erlang")[0]!, "acl.conf"));
  const shipped = new RuleSet(defaultRules());
  const expected: [user: string, address: string, topic: string, subscribe: string][] = [
    ["dashboard", "192.0.2.7", "$SYS/broker/uptime", "allow"],
    ["dashboard", "192.0.2.7", "#", "deny"],
    ["u1", "127.0.0.1", "$SYS/#", "allow"],
    ["u1", "127.0.0.1", "#", "allow"],
    ["u1", "192.0.2.7", "$SYS/#", "deny"],
    ["u1", "192.0.2.7", "#", "deny"],
    ["u1", "192.0.2.7", "a/#", "allow"],
  ];
  for (const [username, address, topic, verdict] of expected) {
    for (const rules of [yaml, conf, shipped]) {
      const ask = (action: "subscribe" | "publish") =>
        answer(rules, requestOf(action, topic, { username, address }));
      assertEquals(ask("subscribe"), verdict, `${username} ${address} ${topic}`);
      assertEquals(ask("publish"), "allow");
    }
  }
});

/** Rules under which `no` is denied; of what else there is, `acl_nomatch` decides. */
const DENYING: BrokerOptions = {
  plugins: {
    auth_anonymous: null,
    acl_file: {
      rules: [
        { permission: "deny", all: true, action: "pubsub", topics: ["no"] },
        { permission: "deny", all: true, action: "receive", topics: ["not/delivered"] },
      ],
    },
  },
};

Deno.test("what is denied: acknowledged and thrown away, 0x80 for its filter, not delivered", async () => {
  await using running = await startBroker(DENYING);
  await using client = await RawClient.open(running.address, { clientId: "c" });
  await client.send(subscribe(1, ["no", 1], ["+", 0], ["not/#", 2]));
  await client.expect(suback(1, 0x80, 0x80, 2));
  await client.send(subscribe(2, ["yes", 0]));
  await client.expect(suback(2, 0));
  await client.send(publish("no", "0"), publish("no", "1", { qos: 1, id: 7 }));
  await client.expect(puback(7));
  await client.send(publish("no", "2", { qos: 2, id: 8 }));
  await client.expect(pubrec(8));
  await client.send(pubrel(8));
  await client.expect(pubcomp(8));
  await client.send(publish("not/delivered", "x"), publish("not/denied", "y"));
  assertEquals((await client.expectPublish()).topic, "not/denied");
  await client.expectNothing();
});

Deno.test("acl_deny_action: disconnect closes, and the will is published", async () => {
  const { acl_deny_action, acl_nomatch } = example("Settings for all sources");
  assertEquals([acl_deny_action, acl_nomatch], ["disconnect", "deny"]);
  await using running = await startBroker({ ...DENYING, acl_deny_action: "disconnect" });
  await using watcher = await RawClient.open(running.address, { clientId: "w" });
  await watcher.send(subscribe(1, ["will", 0]));
  await watcher.expectPacket("SUBACK");
  for (const forbidden of [publish("no", "x"), subscribe(1, ["yes", 0], ["no", 0])]) {
    const will = { topic: "will", payload: "gone" };
    await using client = await RawClient.open(running.address, { clientId: "c", will });
    await client.send(forbidden);
    await client.expectClosed();
    assertEquals((await watcher.expectPublish()).payload, "gone");
  }
});

for (const [nomatch, code] of [["allow", 0], ["deny", 0x80]] as const) {
  Deno.test(`acl_nomatch: ${nomatch} decides where no source has an answer`, async () => {
    await using running = await startBroker({ ...DENYING, acl_nomatch: nomatch });
    await using client = await RawClient.open(running.address, { clientId: "c" });
    await client.send(subscribe(1, ["something", 0]));
    await client.expect(suback(1, code));
    await client.expectNothing();
  });
}

Deno.test("acl_file is asked last, wherever it stands", async () => {
  const rules = [{ permission: "deny", all: true }];
  const before = {
    auth_anonymous: null,
    acl_file: { rules },
    topic_acl: { subscribe_acl: { u: ["a"] } },
  };
  await using running = await startBroker({ plugins: before });
  await using client = await RawClient.open(running.address, { clientId: "c", username: "u" });
  await client.send(subscribe(1, ["a", 0]));
  await client.expect(suback(1, 0));
  await client.expectNothing();
});

Deno.test("placeholders stand for the client's values, a level each", () => {
  const rules = rulesOf(example("Placeholders"));
  const client = { clientId: "c1", username: "u1", address: "192.0.2.7" };
  const ask = (action: "publish" | "subscribe", topic: string, who = client) =>
    answer(rules, requestOf(action, topic, who));
  assertEquals(ask("publish", "up/c1/a/b"), "allow");
  assertEquals(ask("publish", "up/c2/a"), "-");
  assertEquals(ask("subscribe", "down/c1"), "allow");
  assertEquals(ask("subscribe", "by/192.0.2.7"), "allow");
  assertEquals(ask("subscribe", "of/u1"), "allow");
  assertEquals(ask("subscribe", "of/u2"), "-");
  assertEquals(ask("subscribe", "down/+", { ...client, clientId: "+" }), "-");
});
