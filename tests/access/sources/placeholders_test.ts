/** Placeholders of requests: each one's value, missing values, values that look like placeholders. */
import { assertEquals } from "@std/assert";
import {
  CLIENT_PLACEHOLDERS,
  type SourceRequest,
  Template,
} from "../../../lib/access/sources/placeholders.ts";
import { fakeClient } from "../../support/plugin_harness.ts";

const FULL: SourceRequest = {
  client: fakeClient({
    username: "ann",
    address: "::ffff:192.0.2.7",
    certificate: { commonName: "dev.example", subject: "CN=dev.example,O=Ex" },
  }),
  password: "pw",
  action: "publish",
  topic: "a/b",
};
const EMPTY: SourceRequest = { client: fakeClient({ port: 0 }) };

const fill = (text: string, subject: SourceRequest) => Template.parse(text).fill(subject);

Deno.test("every placeholder, with a value and without one", () => {
  const table: [placeholder: string, full: string | undefined, empty: string | undefined][] = [
    ["%u", "ann", undefined],
    ["%c", "c1", "c1"],
    ["%a", "192.0.2.7", "192.0.2.7"],
    ["%r", "mqtt", "mqtt"],
    ["%P", "pw", undefined],
    ["%p", "51234", undefined],
    ["%C", "dev.example", undefined],
    ["%d", "CN=dev.example,O=Ex", undefined],
    ["%A", "2", undefined],
    ["%t", "a/b", undefined],
    ["%m", undefined, undefined],
  ];
  for (const [placeholder, full, empty] of table) {
    assertEquals(fill(placeholder, FULL), full, placeholder);
    assertEquals(fill(placeholder, EMPTY), empty, placeholder);
  }
  assertEquals(fill("%A", { ...FULL, action: "subscribe" }), "1");
});

Deno.test("text and placeholders mix; what is missing is empty then", () => {
  assertEquals(fill("<%u-%c>", FULL), "<ann-c1>");
  assertEquals(fill("<%u-%c>", EMPTY), "<-c1>");
  assertEquals(fill("%u%u", EMPTY), "");
  assertEquals(fill("100%, %x, %", FULL), "100%, %x, %");
  assertEquals(fill("", FULL), "");
});

Deno.test("a value is never looked at for placeholders", () => {
  const client = fakeClient({ clientId: "%u%P", username: "%c" });
  assertEquals(fill("%c", { client, password: "pw" }), "%u%P");
  assertEquals(fill("%c/%u", { client, password: "pw" }), "%u%P/%c");
});

Deno.test("only the given letters count", () => {
  const template = Template.parse("%t%u", CLIENT_PLACEHOLDERS);
  assertEquals(template.fill(FULL), "%tann");
  assertEquals([template.uses("u"), template.uses("t")], [true, false]);
});
