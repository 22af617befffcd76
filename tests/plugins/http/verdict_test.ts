/** What a 200 means by its body: nothing that may be a denial lets anybody in. */
import { assertEquals, assertThrows } from "@std/assert";
import { SourceError } from "../../../lib/access/sources/error.ts";
import { verdictOf } from "../../../plugins/http/verdict.ts";

function meaning(body: string | Uint8Array, status = 200, isEncoded = false): string {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const answer = { status, body: bytes, isEncoded, keepAlive: true };
  const verdict = verdictOf("GET /acl", answer, undefined);
  return (typeof verdict === "object" ? verdict.result : verdict) ?? "ignore";
}

Deno.test("a JSON object with `result` means what it says; other bodies are the guide's", () => {
  const meanings: [body: string, meaning: string][] = [
    ['{"result": "deny"}', "deny"],
    ['{"result": "allow", "is_superuser": true}', "allow"],
    ['{"result": "ignore"}', "ignore"],
    ['\ufeff \r\n{"a": 1, "result": "deny"}\n', "deny"],
    ['{"Result": "deny"}', "deny"],
    ['{"result": "deny", "clientid": "allow"}', "deny"],
    ["{}", "allow"],
    ['{"other": "deny"}', "allow"],
    ['{"data": {"result": "deny"}}', "allow"],
    ["", "allow"],
    ["ok", "allow"],
    [" ignore\n", "ignore"],
    ['["result", "deny"]', "allow"],
  ];
  for (const [body, expected] of meanings) assertEquals(meaning(body), expected, body);
  assertEquals(meaning('{"result": "deny"}', 204), "allow", "204 has no body");
  assertEquals(meaning('{"result": "allow"}', 403), "deny");
});

Deno.test("a result that is none, and what may be a denial, are failures", () => {
  const bodies = [
    '{"result": "Deny"}',
    '{"result": "denied"}',
    '{"result": ""}',
    '{"result": null}',
    '{"result": false}',
    '{"result": ["deny"]}',
    '{"result": "allow", "Result": "deny"}',
    '{"result": "deny"',
    "{result: deny}",
    '{"result": "deny"}{"result": "allow"}',
  ];
  for (const body of bodies) assertThrows(() => meaning(body), SourceError, "GET /acl: ", body);
  const utf16 = new Uint8Array([0, 0x7b, 0, 0x7d]);
  assertThrows(() => meaning(utf16), SourceError, "not JSON");
  assertThrows(() => meaning("\x1f\x8b", 200, true), SourceError, "compressed");
  assertEquals(meaning("\x1f\x8b", 403, true), "deny");
});
