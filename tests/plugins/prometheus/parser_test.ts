/** The reader that judges what prometheus writes: what is wrong is found. */
import { assertEquals, assertThrows } from "@std/assert";
import { parseOpenMetrics, parseText } from "./parser.ts";

Deno.test("what is right is read", () => {
  const families = parseOpenMetrics(
    '# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds x\\ny\na_seconds_total{b="\\"\\\\\\n}"} 1e3\n# EOF\n',
  );
  const { type, unit, help, samples } = families.get("a_seconds")!;
  assertEquals([type, unit, help], ["counter", "seconds", "x\ny"]);
  assertEquals(samples, [{ name: "a_seconds_total", labels: { b: '"\\\n}' }, value: 1000 }]);
});

const WRONG: Readonly<Record<string, string>> = {
  "no end": "# TYPE a gauge\na 1\n",
  "a counter without _total": "# TYPE a counter\na 1\n# EOF\n",
  "a sample twice": '# TYPE a gauge\na{b="1"} 1\na{b="1"} 2\n# EOF\n',
  "a family in two pieces": "# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# HELP a x\na 2\n# EOF\n",
  "a unit that the name lacks": "# TYPE a gauge\n# UNIT a bytes\na 1\n# EOF\n",
  "a quote in a value": '# TYPE a gauge\na{b="""} 1\n# EOF\n',
  "an unknown escape": '# TYPE a gauge\na{b="\\t"} 1\n# EOF\n',
  "no number": "# TYPE a gauge\na one\n# EOF\n",
  "no type": "a 1\n# EOF\n",
  "a histogram without +Inf":
    '# TYPE a histogram\na_bucket{le="1.0"} 1\na_sum 1\na_count 1\n# EOF\n',
  "buckets that fall":
    '# TYPE a histogram\na_bucket{le="1.0"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n# EOF\n',
  "an empty line": "# TYPE a gauge\n\na 1\n# EOF\n",
};

for (const [what, text] of Object.entries(WRONG)) {
  Deno.test(`what is wrong is found: ${what}`, () => {
    assertThrows(() => parseOpenMetrics(text), Error);
  });
}

Deno.test("the text format: a counter has the name of its family", () => {
  assertEquals(parseText("# HELP a_total x\n# TYPE a_total counter\na_total 1\n").size, 1);
  assertThrows(() => parseText("# TYPE a counter\na_total 1\n"), Error, "not a sample");
});
