/** What may be seen of a configuration: no secret of any packaged plugin, in any way that YAML has to write it. */
import { assert, assertEquals } from "@std/assert";
import { maskedText, maskedValue } from "../../lib/config/masked_config.ts";
import { PACKAGED_PLUGINS } from "../../lib/config/plugins.ts";
import { markedIn, secretNames } from "../../lib/config/secret_names.ts";
import { parseConfig } from "../../lib/config/yaml.ts";

const CANARY = "hunter2canary";
const parse = (text: string) => parseConfig(text, "c.yaml");
const shown = (text: string, isSecret = secretNames()) => maskedText(text, isSecret, parse);

Deno.test("every secret option of every packaged plugin is masked, in values and in text", async () => {
  const found: Record<string, string[]> = {};
  for (const { name } of PACKAGED_PLUGINS) {
    const { default: plugin } = await import(`../../plugins/${name}.ts`);
    const marked = [...markedIn(plugin.options)].toSorted();
    if (marked.length > 0) found[name] = marked;
    const isSecret = secretNames([plugin.options]);
    for (const option of [...marked, "password", "token", "some_secret"]) {
      for (const value of [CANARY, [CANARY], { deep: { er: CANARY } }]) {
        const options = { a: { [option]: value }, [option.replaceAll("_", "-")]: value };
        assert(
          !JSON.stringify(maskedValue(options, isSecret)).includes(CANARY),
          `${name}: ${option}`,
        );
        const text = `plugins:\n  ${name}:\n    ${option}: ${
          JSON.stringify(value)
        }\n    other: 1\n`;
        const masked = shown(text, isSecret);
        assert(masked?.includes("other: 1") && !masked.includes(CANARY), `${name}: ${masked}`);
      }
    }
  }
  const database = ["password", "username"];
  assertEquals(found, {
    http: ["headers", "params", "user_agent"],
    mongodb: ["login", ...database],
    mysql: database,
    postgres: database,
    redis: ["password", "sentinel_password", "sentinel_username", "username"],
  });
});

Deno.test("the configuration's own secrets are known by their marks", () => {
  const isSecret = secretNames();
  for (const name of ["token", "key_passphrase", "key-passphrase", "eab_hmac_key"]) {
    assert(isSecret(name), name);
  }
  for (
    const name of [
      "keyfile",
      "password_file",
      "password_hash",
      "keepalive",
      "max_keep_alive",
      "bind",
    ]
  ) {
    assert(!isSecret(name), name);
  }
});

/** Ways of writing it, in a file with something before and behind. */
const WAYS: Readonly<Record<string, string>> = {
  plain: `password: ${CANARY}`,
  "with a comment": `password: ${CANARY} # mine`,
  "in quotes": `password: "${CANARY}"`,
  "the key in quotes": `"password": '${CANARY}'`,
  "a block": `password: |\n      ${CANARY}\n\n      ${CANARY}`,
  folded: `password: >-\n      a\n      ${CANARY}`,
  "on the next line": `password:\n      ${CANARY}`,
  "several lines in quotes": `password: "a\n      ${CANARY}"`,
  "a list": `secrets_token:\n    - ${CANARY}\n    - b`,
  "a mapping": `credentials:\n      x: ${CANARY}`,
  "a flow mapping": `server: {password: ${CANARY}, port: 1}`,
  "a tag": `password: !!str ${CANARY}`,
  "an anchor": `password: &p ${CANARY}`,
  "an escape": `password: "hunter2\\x63anary"`,
  "in a comment": `port: 1 # password: ${CANARY}`,
  "a URL": `url: redis://user:${CANARY}@host:1`,
  "a URL without a scheme": `url: user:${CANARY}@host`,
  "a header": `header: "Authorization: Bearer ${CANARY}"`,
  PEM:
    `key_pem: |\n      -----BEGIN PRIVATE KEY-----\n      ${CANARY}\n      -----END PRIVATE KEY-----`,
  "a flow mapping in lines": `server: {\n      password:\n        ${CANARY}\n      }`,
  "an explicit key": `? password\n    : ${CANARY}`,
  "a list item": `list:\n    - password: ${CANARY}\n      port: 1`,
};

for (const [way, written] of Object.entries(WAYS)) {
  Deno.test(`text, ${way}: the secret is not in it, or it is not shown`, () => {
    const text = `top: 1\nplugins:\n  redis:\n    ${written}\n    behind: 2\nlast: 3\n`;
    const masked = shown(text);
    assert(!(masked ?? "").includes(CANARY), masked);
    if (masked === undefined) return assert(/flow mapping in lines|explicit key/.test(way), way);
    assert(masked.includes("top: 1") && masked.includes("last: 3"), masked);
  });
}

Deno.test("text: what is no secret stays as it is", () => {
  const text = "# a comment\nlisteners:\n  default: {bind: 0.0.0.0:1883}\nplugins:\n" +
    "  auth_file:\n    password_file: passwords.txt\n\n  redis:\n    password:\n    password_hash: sha256\n";
  assertEquals(shown(text), text);
});

Deno.test("text: what is no YAML is not shown", () => {
  assertEquals(shown("a: [\nb"), undefined);
  assertEquals(shown("password: x\npassword: y"), undefined);
});

Deno.test("values: no limit is null, what is no JSON is left out", () => {
  const value = {
    a: Infinity,
    b: () => 1,
    c: undefined,
    d: 1n,
    e: new Date(0),
    f: Uint8Array.of(1),
  };
  assertEquals(maskedValue(value, () => false), {
    a: null,
    d: "1",
    e: "1970-01-01T00:00:00.000Z",
    f: "1 bytes",
  });
  assertEquals(maskedValue({ password: null, x: { token: 5 } }, secretNames()), {
    password: null,
    x: { token: "***" },
  });
});
