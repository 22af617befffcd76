/** Placeholders that mean nothing where they stand: every source refuses them when it is set up. */
import { assertEquals, assertRejects } from "@std/assert";
import type { Plugin } from "../../mod.ts";
import aclFile from "../../plugins/acl_file.ts";
import http from "../../plugins/http.ts";
import mongodb from "../../plugins/mongodb.ts";
import mysql from "../../plugins/mysql.ts";
import postgres from "../../plugins/postgres.ts";
import redis from "../../plugins/redis.ts";
import { readRules } from "../../plugins/sql/rows.ts";
import { PluginHarness } from "../support/plugin_harness.ts";
import { settleMongodb } from "../support/settle_mongodb.ts";

type Case = [options: Record<string, unknown>, line: string];

/** Beside the placeholders that are filled in. */
const FOREIGN = ["t", "A", "m", "P", "r", "p"];

await settleMongodb();

async function refuses(plugin: Plugin<never>, cases: readonly Case[]): Promise<void> {
  for (const [options, line] of cases) {
    const what = JSON.stringify(options);
    const setUp = new PluginHarness().setUp(plugin as unknown as Plugin<unknown>, options);
    await assertRejects(() => setUp, Error, line, what);
  }
}

async function accepts(plugin: Plugin<never>, cases: readonly Record<string, unknown>[]) {
  for (const options of cases) {
    const harness = new PluginHarness();
    const hooks = await harness.setUp(plugin as unknown as Plugin<unknown>, options);
    await hooks.dispose?.();
    assertEquals(harness.messages("error"), []);
  }
}

for (const [name, plugin] of [["mysql", mysql], ["postgres", postgres]] as const) {
  Deno.test(`${name}: every query, quoted or not`, async () => {
    const queries = ["auth_query", "super_query", "acl_query"];
    await refuses(plugin as never, [
      ...queries.flatMap((query): Case[] =>
        FOREIGN.map((letter) => [
          { [query]: `select a from b where topic = '%${letter}'` },
          `plugins.${name}.${query}: '%${letter}': %${letter} has no value here; known here: %u, %c, %a, %C, %d`,
        ])
      ),
      [{ acl_query: "select a from b where topic = %t" }, "%t has no value here"],
      [{ acl_query: "select a from b where c = 'dev-%u'" }, "'dev-%u': a placeholder must be all"],
      [{ acl_query: "select a from b where c = '%u%c'" }, "'%u%c': a placeholder must be all"],
      [{ acl_query: "select a from b where c = '${username}'" }, "${username} has no value here"],
      [{ acl_query: "select a from b where c = ${username}" }, "${username} has no value here"],
      [{ database: "mqtt_%u" }, "database: "],
    ]);
    await accepts(plugin as never, [
      { acl_query: "select a from b -- not %t\nwhere c = '%u' and d like 'x%c%' and 7 % c = 1" },
      { acl_query: "select a from b where c = 'it''s 100%' and d = '%user'" },
    ]);
  });
}

Deno.test("mysql: names in backticks, and the forms of dates", async () => {
  await refuses(mysql as never, [[{ acl_query: "select `%u` from b" }, "are not filled in"]]);
  const date = "select a from b where c = date_format(now(), '%Y-%m-%d') and d = '%u'";
  await accepts(mysql as never, [{ acl_query: date }, {
    acl_query: "select a from b where c = date_format(d, '%m')",
  }]);
});

Deno.test("postgres: names, and texts that are not looked into", async () => {
  await refuses(postgres as never, [
    [{ acl_query: 'select a from b where c = "%u"' }, "are not filled in"],
    [{ acl_query: "select a from b where c = E'%u'" }, "are not filled in"],
    [{ acl_query: "select a from b where c = $$%u$$" }, "are not filled in"],
  ]);
});

Deno.test("redis: every command", async () => {
  const commands = ["auth_cmd", "super_cmd", "acl_cmd"];
  await refuses(
    redis as never,
    commands.flatMap((command) =>
      ["t", "A", "m", "P", "r", "p"].map((letter): Case => [
        { [command]: `HGET a:%u %${letter}` },
        `plugins.redis.${command}: %${letter} has no value here; known here: %u, %c, %a, %C, %d`,
      ])
    ),
  );
  await refuses(redis as never, [
    [{ acl_cmd: ["HGETALL", "x:${username}"] }, "${username} has no value here"],
  ]);
  await accepts(redis as never, [{ acl_cmd: "HGETALL a:%u:%c-%a" }]);
});

Deno.test("mongodb: selectors, collections, the database", async () => {
  const queries = ["auth_query", "super_query", "acl_query"];
  await refuses(
    mongodb as never,
    queries.flatMap((query): Case[] => [
      [{ [query]: { selector: "topic=%t" } }, `${query}.selector: topic: %t has no value here`],
      [{ [query]: { selector: ["a=%u", "b=x-%c"] } }, `${query}.selector: b: %c has no value here`],
      [{ [query]: { selector: "a=${username}" } }, "${username} has no value here"],
      [{ [query]: { collection: "acl_%u" } }, `${query}.collection: `],
    ]),
  );
  await refuses(mongodb as never, [[{ database: "%u" }, "database: "]]);
  await accepts(mongodb as never, [{ acl_query: { selector: ["a=%u,b=%c", "c=100%"] } }]);
});

Deno.test("http: URLs, headers, names of parameters, and parameters by the kind of question", async () => {
  const url = "http://h.example/";
  const aMqtt = { host: "h.example", port: 80 };
  await refuses(http as never, [
    [{ acl_req: { url: `${url}\${username}` } }, "expected a URL without placeholders"],
    [{ acl_req: { url: `${url}?u=%u` } }, "expected a URL without placeholders"],
    [{ acl_req: { url, headers: { "X-User": "%u" } } }, "acl_req.headers: "],
    [{ acl_req: { url, headers: { "X-User": "a ${clientid}" } } }, "has no value here"],
    [{ acl_req: { url }, headers: { "X-Topic": "%t" } }, "headers: "],
    [{ acl_req: { url, params: { "%u": 1 } } }, "a parameter's name: %u has no value here"],
    [{ acl_req: { url, params: "%u=1" } }, "a parameter's name: %u has no value here"],
    [{ acl_req: { url, params: "a=${topic}" } }, "acl_req.params.a: ${topic} has no value here"],
    [{ super_req: { url, params: "a=%t" } }, "super_req.params.a: %t has a value in acl_req only"],
    [{ super_req: { url, params: "a=%P" } }, "super_req.params: %P has no value without auth_req"],
    [{ ...aMqtt, user_uri: "/u/%u" }, "user_uri: expected a path without placeholders"],
    [{ ...aMqtt, user_uri: "/u", user_agent: "%c" }, "user_agent: %c has no value here"],
  ]);
  await accepts(http as never, [
    { acl_req: { url: `${url}a%20b/%C3%A9`, headers: { a: "50%" }, params: "t=<%t>,m=%m,P=%P" } },
    { auth_req: { url }, super_req: { url, params: "p=%P" } },
  ]);
});

Deno.test("acl_file: its rules; rows of a database", async () => {
  await refuses(aclFile as never, [
    [{ rules: [{ permission: "deny", user: "%u" }] }, "rule 1: "],
    [
      { rules: [{ permission: "deny", all: true, action: "publish", topics: ["x%c"] }] },
      "has no value here",
    ],
  ]);
  const columns = ["allow", "ipaddr", "username", "clientid", "access", "topic"];
  const row = (username: string, topic: string) => ({
    columns,
    rows: [[0, null, username, null, 3, topic]],
    changed: 0,
  });
  // A name in a row is someone's name, whatever it is.
  assertEquals(readRules(row("%u", "a"), "first")?.length, 1);
  for (const bad of [row("ann", "dev-%c"), row("ann", "%t")]) {
    const read = () => Promise.resolve().then(() => readRules(bad, "first"));
    await assertRejects(read, Error, "acl_query, row 1: ");
  }
});
