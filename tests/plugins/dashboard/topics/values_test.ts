/** Payloads as people see them: which form they have, JSON laid out, bytes, numbers, differences. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { difference } from "../../../../plugins/dashboard/page/views/topics/differences.js";
import {
  formatOf,
  hexDump,
  imageType,
  isText,
  prettyJson,
} from "../../../../plugins/dashboard/page/views/topics/formats.js";
import { keptMessage } from "../../../../plugins/dashboard/page/views/topics/message.js";
import { Numbers, numbersOf } from "../../../../plugins/dashboard/page/views/topics/numbers.js";
import { messageOf } from "../../../../plugins/dashboard/page/views/topics/publish_view.js";
import { preview } from "../../../../plugins/dashboard/page/views/topics/row_view.js";
import { message } from "./support.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("a payload has the form that its bytes say", () => {
  const forms = ["21.5", '{"a":1}', " [1]", '{"a":', "null", "<svg></svg>", ""].map((text) =>
    formatOf(bytes(text), true)
  );
  assertEquals(forms, ["text", "json", "json", "text", "text", "text", "text"]);
  assertEquals(formatOf(Uint8Array.of(0xff, 0xfe), true), "hex");
  assertEquals(formatOf(bytes('{"a":1}'), false), "text");
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  assertEquals([formatOf(png, true), formatOf(png, false)], ["image", "hex"]);
  const images = [png, Uint8Array.of(0xff, 0xd8, 0xff), bytes("GIF89a"), bytes("RIFF1234WEBP")];
  const types = ["image/png", "image/jpeg", "image/gif", "image/webp"];
  assertEquals(images.map(imageType), types);
  assertEquals([bytes("RIFF1234WAVE"), bytes("<svg"), new Uint8Array()].map(imageType), [
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("text that was cut in the middle of a character is text", () => {
  const cut = bytes("Grüße 日").subarray(0, -1);
  assertEquals([isText(cut, false), isText(cut, true)], [true, false]);
});

Deno.test("JSON that is laid out is the same JSON, its numbers as they were written", () => {
  fc.assert(fc.property(fc.json(), fc.nat(3), (text, indent) => {
    const spaced = JSON.stringify(JSON.parse(text), undefined, indent);
    assertEquals(JSON.parse(prettyJson(spaced)), JSON.parse(text));
    assertEquals(prettyJson(prettyJson(spaced)), prettyJson(spaced));
  }));
  assertEquals(
    prettyJson('{"a":1.50e3,"a":[ ],"b":{},"c":["x:\\"{",-0]}'),
    [
      "{",
      '  "a": 1.50e3,',
      '  "a": [],',
      '  "b": {},',
      '  "c": [',
      '    "x:\\"{",',
      "    -0",
      "  ]",
      "}",
    ].join("\n"),
  );
  const deep = "[".repeat(30_000) + "]".repeat(30_000);
  assert(prettyJson(deep).length < 6_000_000);
});

Deno.test("bytes are sixteen a line", () => {
  assertEquals(
    hexDump(bytes("MQTT\n\0\x7f is a protocol"), 20).split("\n"),
    [
      "000000  4d 51 54 54 0a 00 7f 20  69 73 20 61 20 70 72 6f  MQTT... is a pro",
      "000010  74 6f 63 6f                                       toco",
    ].map((line) => line),
  );
});

Deno.test("numbers are the payload, or the fields of JSON", () => {
  const found = (text: string) => Object.fromEntries(numbersOf(text));
  assertEquals(found(" 21.5\n"), { "(payload)": 21.5 });
  assertEquals(found("true"), { "(payload)": 1 });
  assertEquals(found('{"t":"21.5","a":{"b":[1,{"c":2}]},"s":"x","n":null,"ok":false}'), {
    t: 21.5,
    ok: 0,
    "a.b[0]": 1,
    "a.b[1].c": 2,
  });
  for (const text of ["", "abc", "NaN", "1e999", "21.5 °C", "{", '"x"']) {
    assertEquals(found(text), {});
  }
  assertEquals(numbersOf(JSON.stringify(Array.from({ length: 500 }, () => 1))).size, 32);
  assertEquals(numbersOf("[".repeat(30_000) + "1" + "]".repeat(30_000)).size, 0);
});

Deno.test("numbers over time have gaps where a field is missing, and an end", () => {
  const numbers = new Numbers();
  numbers.add('{"a":1}', 1_000);
  numbers.add("nothing", 2_000);
  numbers.add('{"b":2}', 3_000);
  numbers.add('{"a":3,"b":4}', 2_500); // a clock that was set back
  assertEquals(numbers.times, [1, 3, 3]);
  assertEquals([numbers.values("a"), numbers.values("b")], [[1, null, 3], [null, 2, 4]]);
  for (let at = 0; at < 2_000; at++) numbers.add(`{"a":${at},"f${at}":1}`, 4_000 + at);
  assertEquals([numbers.times.length, numbers.fields.length], [1_000, 32]);
  assertEquals(numbers.values("a").at(-1), 1_999);
});

Deno.test("a difference of JSON is by fields, of other text by lines", () => {
  assertEquals(difference('{"a":1,"b":[1,2],"c":{}}', '{"b":[1,3],"a":1,"d":null}'), {
    kind: "fields",
    differences: [
      { kind: "changed", path: "b[1]", before: "2", after: "3" },
      { kind: "removed", path: "c{}", before: "null" },
      { kind: "added", path: "d", after: "null" },
    ],
    isWhole: true,
  });
  assertEquals(
    difference("a\nb\nc", "a\nx\nc\nd").differences.map(({ kind, before, after }) =>
      `${kind} ${before ?? ""} ${after ?? ""}`
    ),
    ["same a a", "removed b ", "added  x", "same c c", "added  d"],
  );
});

Deno.test("a difference of lines turns the one text into the other, and is bounded", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 }).map((lines) =>
    lines.join("\n")
  );
  fc.assert(fc.property(text, text, (before, after) => {
    const { differences } = difference(before, after);
    const side = (name: "before" | "after") =>
      differences.map((one) => one[name]).filter((line) => line !== undefined).join("\n");
    assertEquals([side("before"), side("after")], [before, after]);
  }));
  const long = Array.from({ length: 5_000 }, (_, at) => `line ${at}`).join("\n");
  const { differences, isWhole } = difference(long, `${long}x`);
  assertEquals([differences.length, isWhole], [200, false]);
});

Deno.test("a message that is kept holds no buffer but its own, and bounded properties", () => {
  const buffer = new Uint8Array(1_000_000);
  const userProperties = Array.from({ length: 500 }, () => ["n".repeat(9_000), "v"] as const);
  const kept = keptMessage({
    type: "publish",
    topicName: "a",
    payload: buffer.subarray(10, 100_010),
    qos: 1,
    retain: true,
    dup: false,
    packetId: 1,
    properties: { contentType: "x", messageExpiryInterval: 7, userProperties: [...userProperties] },
  }, 5);
  assertEquals([kept.payload?.buffer.byteLength, kept.bytes], [65_536, 100_000]);
  assertEquals(kept.properties.slice(0, 2), [["Content type", "x"], ["Expires in", "7 s"]]);
  assertEquals([kept.properties.length, kept.properties[2]?.[0].length], [34, 1_039]);
});

Deno.test("a preview is one short line", () => {
  const texts = ["a\nb\0", "x".repeat(500), ""].map((payload) => preview(message("a", payload)));
  assertEquals(texts.map((text) => text.includes("\n")), [false, false, false]);
  assertEquals([texts[1]!.length < 150, texts[2]], [true, "(empty)"]);
  assertEquals(preview(message("a", "", { payload: Uint8Array.of(255, 1), bytes: 2 })), "ff 01");
  assertEquals(preview(message("a", "", { payload: null, bytes: 2 })), "");
});

Deno.test("a form is a message, or says what is wrong with it", () => {
  const form = { topicName: "a/b", payload: "aGk=", encoding: "base64", qos: "2", retain: "on" };
  assertEquals(messageOf({ ...form, expiry: "60", contentType: "", userProperties: "a=b=c\n\n" }), {
    topicName: "a/b",
    payload: bytes("hi"),
    qos: 2,
    retain: true,
    properties: { messageExpiryInterval: 60, userProperties: [["a", "b=c"]] },
  });
  const wrong = [{ topicName: "a/+" }, { topicName: "" }, { payload: "?" }, {
    userProperties: "x",
  }];
  const texts = wrong.map((one) =>
    assertThrows(() => messageOf({ ...form, ...one }), Error).message
  );
  assertEquals(texts, [
    "A topic name has no wildcards.",
    "The topic name is empty.",
    "The payload is no base64.",
    "A user property is a line name=value, not x.",
  ]);
});
