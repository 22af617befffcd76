/** The parts of the page that need no browser: text for people, addresses, which rows are drawn, events of a stream. */
import { assert, assertEquals } from "@std/assert";
import { hashOf, placeOf } from "../../../plugins/dashboard/page/address.js";
import { route } from "../../../plugins/dashboard/page/api.js";
import { rangeOf, sorted } from "../../../plugins/dashboard/page/components/rows.js";
import { Store } from "../../../plugins/dashboard/page/store.js";
import { dataOf } from "../../../plugins/dashboard/page/stream.js";
import * as text from "../../../plugins/dashboard/page/text.js";

Deno.test("what cannot be seen is made visible", () => {
  assertEquals(text.visible("a\0b\x1b[31m\x7f\x85"), "a\\u{0}b\\u{1b}[31m\\u{7f}\\u{85}");
  assertEquals(text.visible("one\ntwo\r\tthree"), "one\\ntwo\\r\\tthree");
  assertEquals(
    text.visible("a\u202eb\u2066c\u200b\ufeff\u2028"),
    "a\\u{202e}b\\u{2066}c\\u{200b}\\u{feff}\\u{2028}",
  );
  assertEquals(text.visible("\ud800x"), "\\u{d800}x");
  assertEquals(text.visible("Grüße 👩‍👩‍👧 日本"), "Grüße 👩‍👩‍👧 日本");
  assertEquals(text.visibleLines("a\n\tb\r\nc\x07"), "a\n\tb\nc\\u{7}");
});

Deno.test("what is long is cut, and says how long it is", () => {
  const long = "x".repeat(1_000_000);
  assertEquals(text.visible(long, 10), "xxxxxxxxxx… (1,000,000 characters)");
  assert(text.visible(long).length < 600);
  assertEquals(text.visibleLines(long, 5), "xxxxx\n… (1,000,000 characters)");
});

Deno.test("numbers for people", () => {
  assertEquals([0, 999, 1_000, 1_234_567].map(text.size), ["0 B", "999 B", "1 kB", "1.23 MB"]);
  assertEquals([0, 59, 61, 7_300, 180_000].map(text.duration), [
    "0 s",
    "59 s",
    "1 min",
    "2 h 1 min",
    "2 d 2 h",
  ]);
  assertEquals(text.duration(null), "–");
  assertEquals([0.1234, 12, 1_500].map(text.milliseconds), ["0.123 ms", "12 ms", "1.5 s"]);
  assertEquals([0.5, 999, 12_345].map(text.short), ["0.5", "999", "12.3K"]);
});

Deno.test("addresses keep any client id", () => {
  for (const id of ["a/b", "..", "?x=1#y", "%2F", "<b>", "\u0000", "日本 x", ""]) {
    const { parts, query } = placeOf(`${hashOf("clients", id)}?search=a%20b`);
    assertEquals([parts, query.get("search")], [["clients", id], "a b"]);
  }
  assertEquals(placeOf("").parts, [""]);
  assertEquals(placeOf("#/clients/%E0%A4%A").parts, ["clients", "%E0%A4%A"]);
});

Deno.test("a route of the API has its arguments encoded", () => {
  const clientId = "a/b?c#d%";
  assertEquals(route("clients/{clientId}/kick", { clientId }), "clients/a%2Fb%3Fc%23d%25/kick");
});

Deno.test("only the rows in sight are drawn", () => {
  assertEquals(rangeOf(0, 360, 36, 10_000), { first: 0, end: 18 });
  assertEquals(rangeOf(36_000, 360, 36, 10_000), { first: 992, end: 1_018 });
  assertEquals(rangeOf(1e9, 360, 36, 100), { first: 92, end: 100 });
  assertEquals(rangeOf(0, 360, 36, 0), { first: 0, end: 0 });
});

Deno.test("rows are sorted both ways, equal ones stay", () => {
  const rows = [{ n: 2, id: "a" }, { n: 1, id: "b" }, { n: 2, id: "c" }];
  const ids = (isDown: boolean) => sorted(rows, ({ n }) => n, isDown).map(({ id }) => id).join("");
  assertEquals([ids(false), ids(true)], ["bac", "acb"]);
  assertEquals(rows.map(({ id }) => id).join(""), "abc");
});

Deno.test("a store tells of another value, and of the same one nothing", () => {
  const store = new Store(1);
  const seen: number[] = [];
  const unfollow = store.follow(() => seen.push(store.value));
  store.value = 1;
  store.value = 2;
  unfollow();
  store.value = 3;
  assertEquals(seen, [2]);
});

Deno.test("the data of an event are its lines", () => {
  assertEquals(dataOf('id: 1\ndata: {"a":\ndata: 1}'), '{"a":\n1}');
  assertEquals(dataOf(": keep-alive"), "");
});
