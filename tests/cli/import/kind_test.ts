/** Files are known by what stands in them. */
import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/user_error.ts";
import { kindOf, whyUnknown } from "../../../lib/cli/import/kind.ts";
import { MOSQUITTO } from "../../access/passwords/vectors.ts";
import { importTexts } from "./support.ts";

const HASH = MOSQUITTO[0]!.hash;

const KINDS: [kind: string | undefined, text: string][] = [
  ["mosquitto.conf", "listener 1883"],
  ["mosquitto.conf", "\ufeff# hello\r\nlistener 1883\r\nallow_anonymous true\r\n"],
  ["mosquitto.conf", "persistence true\nuser mosquitto\nmisspelt 1\n"],
  ["mosquitto.conf", "connection a\naddress b\ntopic # both\n"],
  ["mosquitto acl_file", "# all\ntopic read #\n"],
  ["mosquitto acl_file", "user a b\ntopic x\npattern write y/%c\n"],
  ["password file", `ann:${HASH}\nbob:${HASH}\n`],
  ["password file", `# users\nann:${HASH}\nbob:${HASH}\ncarl\n`],
  ["emqx.conf", "allow_anonymous = true\n"],
  ["emqx.conf", "## EMQ X\nnode.name = emqx@127.0.0.1\n\nauth.redis.pool = 8\n"],
  ["emqx plugin", "auth.redis.server = 127.0.0.1:6379\n"],
  ["emqx plugin", "##-----\n## auth.redis.server = 127.0.0.1:6379\n"],
  ["emqx plugin", "retainer.max_retained_messages = 0\n"],
  ["acl.conf", '%% rules\n{allow, {user, "a"}, subscribe, ["x"]}.\n{allow, all}.\n'],
  ["acl.conf", "{allow, all}\n{deny, all}.\n"],
  ["loaded_plugins", "{emqx_retainer, true}.\n{emqx_auth_http, false}."],
  ["loaded_plugins", "emqx_retainer.\nemqx_auth_http.\n"],
  ["amqtt", "listeners:\n  default:\n    bind: 0.0.0.0:1883\n"],
  ["amqtt", "---\nauth: {allow-anonymous: true}\n"],
  ["amqtt", "plugins:\n  a: [\n"],
  ["certificate or key", "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"],
  ["certificate or key", "Bag: a\n-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII\n"],
  [undefined, ""],
  [undefined, "# nothing\n\n"],
  [undefined, "hello world\n"],
  [undefined, "key: value\n"],
  [undefined, "<xml/>"],
  [undefined, '{"a": 1}'],
  [undefined, "listeners.tcp.default {\n  bind = 1883\n}\n"],
  [undefined, "\u0000\u0001"],
];

for (const [kind, text] of KINDS) {
  Deno.test(`${JSON.stringify(text.slice(0, 40))} is ${kind ?? "unknown"}`, () => {
    assertEquals(kindOf({ name: "f", path: "/f", text }), kind);
  });
}

Deno.test("what is unknown is said to be so, with the reason where there is one", () => {
  const why = (text: string) => whyUnknown({ name: "f", path: "/f", text });
  assertEquals(why("# nothing\n"), "has nothing in it");
  assertEquals(
    why("listeners.tcp.default {\n  bind = 1883\n}\n"),
    "is EMQX 5's form (HOCON), which is not known here; EMQ X 3 and 4 are",
  );
  assertEquals(
    why("authentication = [\n  {mechanism = a}\n]\ndashboard {\n}").startsWith("is EMQX 5"),
    true,
  );
});

const MIXED: [what: string, files: Record<string, string>, problem: string][] = [
  [
    "files of two brokers",
    { a: "listener 1883", b: "allow_anonymous = true" },
    "a is mosquitto's, b is EMQ X's; expected the files of one broker",
  ],
  [
    "a password file alone",
    { a: `ann:${HASH}` },
    "a: a password file; name the configuration it belongs to",
  ],
  [
    "two configurations of aMQTT",
    { a: "listeners:", b: "plugins:" },
    "b: a second configuration of aMQTT; expected one",
  ],
];

for (const [what, files, problem] of MIXED) {
  Deno.test(`refuses ${what}`, async () => {
    const error: UserError = await assertRejects(() => importTexts(files), UserError);
    assertEquals(error.problems, [problem]);
  });
}

Deno.test("an acl_file alone: mosquitto's defaults with its rules", async () => {
  const { broker, config } = await importTexts({ acl: "topic read news\n" });
  assertEquals(broker, "mosquitto");
  assertEquals(Object.keys(config.plugins as object), [
    "event_logger",
    "auth_anonymous",
    "acl_file",
    "broker_sys",
  ]);
});
