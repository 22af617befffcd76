/** What docs/ACCESS.md says of Redis and MongoDB and of password hashes is so: its data, its defaults, its examples. */
import { assert, assertEquals } from "@std/assert";
import { parsePasswordHash } from "../../lib/access/passwords/spec.ts";
import { PasswordVerifier } from "../../lib/access/passwords/verifier.ts";
import { parseYaml } from "../../lib/config/yaml.ts";
import type { BrokerOptions } from "../../mod.ts";
import { FERRETDB, startFerretdb } from "../services/ferretdb.ts";
import { REDIS, startRedis } from "../services/redis.ts";
import { sampleFile } from "../services/sample_file.ts";
import { serviceTest } from "../services/service_test_case.ts";
import { codeBlocks } from "../support/markdown.ts";
import { returnCodeOf } from "../plugins/database/login_load.ts";
import { RawClient } from "../support/raw_client.ts";
import { suback, subscribe } from "../support/raw_packets.ts";
import { startBroker } from "../support/running_broker.ts";

const TEXT = await Deno.readTextFile(new URL("../../docs/ACCESS.md", import.meta.url));
const EMQX = { username: "emqx", password: "public" };

function section(heading: string): string {
  const [, rest = ""] = TEXT.split(`\n## ${heading}\n`);
  return rest.split("\n## ")[0]!;
}

/** A YAML block of a section, with its plugin's server replaced. */
function configuration(heading: string, index: number, server: string): BrokerOptions {
  const text = codeBlocks(section(heading), "yaml")[index]!;
  const options = parseYaml(text, "ACCESS.md") as BrokerOptions;
  const [plugin] = Object.values(options.plugins as Record<string, Record<string, unknown>>);
  plugin!.server = server;
  return options;
}

Deno.test("the sample data on the page are the files of docs/sql", async () => {
  assertEquals(codeBlocks(section("Redis"), "redis")[0], await sampleFile("redis.txt"));
  const [json] = codeBlocks(section("MongoDB"), "json");
  assertEquals(JSON.parse(json!), JSON.parse(await sampleFile("mongodb.json")));
});

Deno.test("every example of a password hash is one of `public`", async () => {
  using verifier = new PasswordVerifier();
  const password = new TextEncoder().encode("public");
  const rows = [...section("Password hashes").matchAll(/^\| `([^`]+)`\s+\| `([^`]+)`\s+\|/gm)];
  assert(rows.length >= 10, `${rows.length} rows`);
  for (const [, name, hash] of rows) {
    const salt = name === "salt,bcrypt" ? hash!.slice(0, 29) : "wivwiv";
    const isRight = await parsePasswordHash(name!).verify(
      password,
      { hash: hash!, salt },
      verifier,
    );
    assertEquals(isRight, true, name);
  }
});

/** The return codes of SUBACK to a client that may come in. */
async function granted(options: BrokerOptions, ...topicFilters: string[]): Promise<string> {
  await using running = await startBroker(options);
  assertEquals(await returnCodeOf(running.address, EMQX), 0);
  assertEquals(await returnCodeOf(running.address, { ...EMQX, password: "other" }), 4);
  await using client = await RawClient.open(running.address, { ...EMQX, clientId: "c1" });
  const codes: number[] = [];
  for (const topicFilter of topicFilters) {
    await client.send(subscribe(1, [topicFilter, 0]));
    const [, , , , code] = await client.take(suback(1, 0).length);
    codes.push(code!);
  }
  return codes.map((code) => code === 0x80 ? "no" : "yes").join(" ");
}

await serviceTest(REDIS, "Redis: the defaults as they are written out", async () => {
  await using server = await startRedis();
  const options = configuration("Redis", 0, `127.0.0.1:${server.port}`);
  assertEquals(await granted(options, "a/b", "#", "$SYS/#"), "yes yes no");
});

await serviceTest(
  FERRETDB,
  "MongoDB: the defaults as they are written out, and everybody's document",
  async () => {
    await using server = await startFerretdb();
    const address = `127.0.0.1:${server.port}`;
    const defaults = configuration("MongoDB", 0, address);
    assertEquals(await granted(defaults, "/smarthome/c1/temperature"), "no");
    const everybody = configuration("MongoDB", 1, address);
    const filters = ["/smarthome/c1/temperature", "/smarthome/c2/temperature", "$SYS/#"];
    assertEquals(await granted(everybody, ...filters), "yes no no");
  },
);
