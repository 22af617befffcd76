/** What is hidden of texts for people, and what is not. */
import { assertEquals } from "@std/assert";
import { kindOf, masked, maskedUrls } from "../lib/secrets.ts";
import { UserError } from "../lib/user_error.ts";

const HIDDEN = [
  "mqtt://u:8675309@host",
  "mqtt://u:8675309",
  "mqtt://u:8675309 with space@host",
  "mqtt://u:86/753/09@host:1883/x@y",
  "http://8675309@host",
  "u:8675309@host:3306",
  "server=u:8675309@host",
  "password:8675309",
  "localhost password: 8675309",
  "db_password=8675309",
  '{"password":"8675309"}',
  '{"a":1,"token":8675309}',
  '{"Authorization":"Bearer 8675309"}',
  "Bearer 8675309",
  "Basic 8675309",
  "-----BEGIN PRIVATE KEY-----\n8675309",
];

Deno.test("passwords of URLs and addresses, what stands behind words for secrets, keys", () => {
  for (const text of HIDDEN) {
    // "mqtt://u:8675309" has no host: what follows the colon is its port.
    const isHidden = text !== "mqtt://u:8675309";
    for (const shown of [masked(text), masked(JSON.stringify(text))]) {
      assertEquals(shown.includes("8675309"), !isHidden, shown);
    }
  }
  assertEquals(masked('"mqtt://u:secret@h/a"'), '"mqtt://u:***@h/a"');
  assertEquals(masked('["u:x@h:1","v:y@i:2"]'), '["u:***@h:1","v:***@i:2"]');
});

Deno.test("other texts are shown as they are", () => {
  for (
    const text of [
      "localhost:1883",
      "[::1]:1883",
      "http://h:80/a",
      "npm:@scope/pkg@1.0",
      "jsr:@std/yaml@1",
      "password_file",
      "passwords",
      "select password from t",
      "a@b.example",
      "dev/%c",
      "https://esm.sh/@scope/x@1",
    ]
  ) {
    assertEquals(masked(text), text);
    assertEquals(maskedUrls(text), text);
  }
});

Deno.test("a line for people has no password of a URL, whoever made it", () => {
  const line = "plugins.https://u:8675309@h/p.ts: cannot import https://u:8675309@h/p.ts: 404";
  const shown = "plugins.https://u:***@h/p.ts: cannot import https://u:***@h/p.ts: 404";
  assertEquals(new UserError(line).problems, [shown]);
  assertEquals(new UserError([line, "b"]).message, `${shown}\nb`);
  assertEquals(
    maskedUrls("plugins.mysql.password: got a number"),
    "plugins.mysql.password: got a number",
  );
});

Deno.test("of a secret only its kind is said", () => {
  const values = [undefined, null, "x", "", 1, 1n, true, [], {}, new Date(0)];
  assertEquals(values.map(kindOf), [
    "nothing",
    "null",
    "a text",
    "an empty text",
    "a number",
    "a number",
    "true or false",
    "a list",
    "a mapping",
    "a date",
  ]);
});
