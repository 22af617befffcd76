/**
 * No error line shows a secret: in every packaged plugin, in the broker's and the client's configuration, whatever the
 * mistake is: a wrong type, a missing space, a wrong YAML.
 */
import { assert, assertEquals } from "@std/assert";
import { normalizeClientConfig } from "../../lib/client/config.ts";
import { CONNECTION_KEYS } from "../../lib/client/config_keys.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { MANAGEMENT_KEYS } from "../../lib/config/broker_keys.ts";
import { problemsOf } from "../../lib/user_error.ts";
import { Broker } from "../../mod.ts";
import { TempFolder } from "../support/midge_process.ts";

const SECRET = "8675309";

/** The error lines of a configuration, or of the plugins that it loads. */
async function linesOf(text: string): Promise<readonly string[]> {
  await using folder = new TempFolder();
  try {
    await Broker.check(await loadConfig(folder.write("c.yaml", text)));
    return [];
  } catch (error) {
    return problemsOf(error);
  }
}

function clientLinesOf(options: unknown): readonly string[] {
  try {
    normalizeClientConfig(options);
    return [];
  } catch (error) {
    return problemsOf(error);
  }
}

function assertSilent(lines: readonly string[], what: string): void {
  assert(lines.length > 0, `${what} was accepted`);
  assert(!lines.join("\n").includes(SECRET), lines.join("\n"));
}

const HTTP = "url: http://h.example/";
const SECRETS: [plugin: string, options: string][] = [
  ...["mysql", "postgres", "redis", "mongodb"].flatMap((plugin): [string, string][] => [
    [plugin, `password: ${SECRET}`],
    [plugin, `password: [${SECRET}]`],
    [plugin, `password: {x: "${SECRET}"}`],
    [plugin, `username: ${SECRET}`],
    [plugin, `server: "root:${SECRET}@db:1:2"`],
    [plugin, `server: localhost password:${SECRET}`],
    [plugin, `tls: {keyfile: "-----BEGIN PRIVATE KEY----- ${SECRET}", certfile: x}`],
  ]),
  ["redis", `sentinel_password: ${SECRET}`],
  ["mongodb", `login: ${SECRET}`],
  ["http", `auth_req: {url: "htp://root:${SECRET}@h.example/"}`],
  ["http", `auth_req: {url: "http://root:${SECRET}@h.example/%u"}`],
  ["http", `auth_req: {url: "http://h.example/%u?key=${SECRET}"}`],
  ["http", `auth_req: {url: ["${SECRET}"]}`],
  ["http", `auth_req: {${HTTP}, headers: "Authorization: ${SECRET}"}`],
  ["http", `auth_req: {${HTTP}, headers: {Authorization: [${SECRET}]}}`],
  ["http", `auth_req: {${HTTP}, headers: {"Authorization: ${SECRET}": 1}}`],
  ["http", `auth_req: {${HTTP}, headers: {a: "${SECRET}\\n"}}`],
  ["http", `auth_req: {${HTTP}, headers: {a: "${SECRET} %u"}}`],
  ["http", `auth_req: {${HTTP}, params: {key: [${SECRET}]}}`],
  ["http", `auth_req: {${HTTP}, params: "key ${SECRET}"}`],
  ["http", `auth_req: {${HTTP}, params: "key=${SECRET}%t"}`],
  ["http", `auth_req: "http://root:${SECRET}@h.example/"`],
  ["http", `headers: ["${SECRET}"]`],
  ["http", `host: "root:${SECRET}@h"\n      port: 1\n      user_uri: /u`],
];

for (const [plugin, options] of SECRETS) {
  Deno.test(`${plugin}: a mistake in ${options.split(SECRET)[0]}...`, async () => {
    assertSilent(await linesOf(`plugins:\n  ${plugin}:\n      ${options}\n`), options);
  });
}

Deno.test("every plugin: options that are no mapping, for a space is missing", async () => {
  for (
    const plugin of ["mysql", "postgres", "redis", "mongodb", "http", "auth_file", "topic_taboo"]
  ) {
    assertSilent(await linesOf(`plugins:\n  ${plugin}:\n    password:${SECRET}\n`), plugin);
    assertSilent(await linesOf(`plugins: {${plugin}: {password:${SECRET}}}`), plugin);
    assertSilent(await linesOf(`plugins: {${plugin}: ${SECRET}}`), plugin);
  }
});

Deno.test("management, a module's URL, and YAML that is none", async () => {
  for (
    const text of [
      `management: {bind: "127.0.0.1:1884", token: ${SECRET}}`,
      `management: {bind: "127.0.0.1:1884", token: "${SECRET}"}`,
      `management: x-${SECRET}`,
      `plugins: {"https://u:${SECRET}@127.0.0.1:9/p.ts": }`,
      `plugins: {"x://u:${SECRET}@127.0.0.1:9/p": }`,
      `plugins: {mysql: {password: *${SECRET}}}`,
      `plugins: {mysql: {password: !x${SECRET} y}}`,
      `plugins: {mysql: {password: !<${SECRET}> y}}`,
      `plugins: {mysql: {password: !x${SECRET}!y z}}`,
      `password:${SECRET}`,
    ]
  ) assertSilent(await linesOf(text), text);
});

Deno.test("the client's configuration", () => {
  for (
    const connection of [
      { password: 8675309 },
      { password: [SECRET] },
      { uri: `mqt://u:${SECRET}@h` },
      { uri: `u:${SECRET}@h` },
      { uri: `mqtt:/u:${SECRET}@h` },
      { uri: `mqtt://u:8/${SECRET}@h` },
      { uri: `mqtt://u:%${SECRET}%@h` },
      { uri: [`mqtt://u:${SECRET}@h`] },
      { uri: 8675309 },
      { headers: SECRET },
      { headers: { Authorization: 8675309 } },
      { keyfile: `-----BEGIN PRIVATE KEY-----\n${SECRET}`, certfile: "x" },
      `password:${SECRET}`,
      [SECRET],
    ]
  ) assertSilent(clientLinesOf({ connection }), JSON.stringify(connection));
});

Deno.test("the rule: what is called password or token is marked in its table", () => {
  const tables = { ...CONNECTION_KEYS, ...MANAGEMENT_KEYS };
  const marked = Object.entries(tables).filter(([, { type }]) => type.isSecret).map(([name]) =>
    name
  );
  assertEquals(marked, ["uri", "password", "authentication_data", "headers", "token"]);
});
