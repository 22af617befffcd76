/** What of the view of topics stands in the address, and which names and filters are sent at all. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { topicFilterProblem } from "../../../../lib/topic/filter.ts";
import { problemOfFilter, problemOfName } from "../../../../plugins/dashboard/page/mqtt/names.js";
import {
  readAddress,
  writeAddress,
} from "../../../../plugins/dashboard/page/views/topics/address.js";

const text = fc.string({ unit: "grapheme", maxLength: 20 });
const filter = fc.record({
  topicFilter: text.filter((one) => one !== ""),
  qos: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
});

Deno.test("any topic and any filters come back from the address", () => {
  const filters = fc.uniqueArray(filter, { maxLength: 4, selector: (one) => one.topicFilter });
  fc.assert(fc.property(text, filters, (topicName, all) => {
    const address = { topicName, filters: all };
    assertEquals(readAddress(writeAddress(address)), address);
  }));
});

Deno.test("without filters in it an address stands for #", () => {
  const all = { topicName: "", filters: [{ topicFilter: "#", qos: 0 }] };
  assertEquals(readAddress("#/topics"), all);
  assertEquals(
    writeAddress({ topicName: "", filters: [{ topicFilter: "#", qos: 0 }] }),
    "#/topics",
  );
  assertEquals(readAddress("#/topics?filter=").filters, []);
  assertEquals(readAddress("#/topics?filter=a&filter1=a&other=b").filters, [
    { topicFilter: "a", qos: 0 },
  ]);
});

Deno.test("a name or filter that the broker would end the connection for is not sent", () => {
  assertEquals(["a", "/", "ä b"].map(problemOfName), [undefined, undefined, undefined]);
  assertEquals(["", "a/+", "a\0", "\ud800", "x".repeat(65_536)].map(problemOfName), [
    "The topic name is empty",
    "A topic name has no wildcards",
    "The topic name has a null character",
    "The topic name is no Unicode text",
    "The topic name has more than 65,535 bytes",
  ]);
  const parts = fc.array(fc.constantFrom("a", "/", "#", "+"), { maxLength: 6 });
  fc.assert(fc.property(parts, (some) => {
    const one = some.join("");
    assertEquals(problemOfFilter(one) === undefined, topicFilterProblem(one) === undefined, one);
  }));
  const shared = "A shared subscription would take messages away from its other members";
  assertEquals(["$share/g/a", "$queue/a", "$shared/a"].map(problemOfFilter), [
    shared,
    shared,
    undefined,
  ]);
});
