/** What packaged sources of rights say they look at: it decides how many verdicts a client's cache needs. */
import { assertEquals } from "@std/assert";
import type { Plugin } from "../../mod.ts";
import aclFile from "../../plugins/acl_file.ts";
import http from "../../plugins/http.ts";
import mongodb from "../../plugins/mongodb.ts";
import mysql from "../../plugins/mysql.ts";
import postgres from "../../plugins/postgres.ts";
import redis from "../../plugins/redis.ts";
import topicAcl from "../../plugins/topic_acl.ts";
import topicTaboo from "../../plugins/topic_taboo.ts";
import { PluginHarness } from "../support/plugin_harness.ts";

async function uses<Options>(plugin: Plugin<Options>, options: unknown = {}): Promise<unknown> {
  const hooks = await new PluginHarness().setUp(plugin, options);
  const answer = hooks.authorizeUses?.() ?? plugin.authorizeUses;
  await hooks.dispose?.();
  return answer;
}

function rule(more: Record<string, unknown>): unknown {
  return { rules: [{ permission: "allow", all: true, action: "publish", topics: ["a"], ...more }] };
}

Deno.test("sources whose rules have no conditions look at neither QoS nor RETAIN", async () => {
  for (const plugin of [mysql, postgres]) assertEquals(await uses(plugin), "nothing", plugin.name);
  assertEquals(await uses(redis), "nothing");
  assertEquals(await uses(mongodb), "nothing");
  assertEquals(await uses(http, { acl_req: { url: "http://127.0.0.1:1/" } }), "nothing");
  assertEquals(await uses(topicAcl, { publish_acl: { ann: ["a"] } }), "nothing");
  assertEquals(await uses(topicTaboo), "nothing");
});

Deno.test("acl_file looks at what its rules have", async () => {
  assertEquals(await uses(aclFile, rule({})), "nothing");
  assertEquals(await uses(aclFile, rule({ qos: [1] })), "qos");
  assertEquals(await uses(aclFile, rule({ retain: false })), "retain");
  assertEquals(await uses(aclFile, rule({ qos: 0, retain: true })), "both");
});
