/** The plots and the page of bench/growth: what is measured stands there, in words and as a picture. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { medians } from "../../bench/growth/cell.ts";
import { pageOf } from "../../bench/growth/page.ts";
import { PARTS } from "../../bench/growth/parts.ts";
import { filterOf } from "../../bench/growth/state.ts";
import { short, svgOf } from "../../bench/growth/svg.ts";
import { topicFilterProblem } from "../../lib/topic/filter.ts";

const rows = [10, 1000, 1_000_000].map((size) => ({
  size,
  brokers: { Midge: { cpu: 1, p99: 100, rss: 70 + size / 1000 }, mosquitto: { cpu: 5, rss: 8 } },
}));
const results = { retained: { conditions: "On a Tuesday.", rows } };

type Place = [x: number, y: number];

/** The points of the first line. */
function threePlaces(svg: string): [Place, Place, Place] {
  const found = [...svg.matchAll(/circle class="dot0" cx="([\d.]+)" cy="([\d.]+)"/g)];
  const [a, b, c] = found.map(([, x, y]): Place => [Number(x), Number(y)]);
  return [a!, b!, c!];
}

Deno.test("a plot has a logarithmic x axis, and larger values stand higher", () => {
  const points = [[10, 1], [100, 2], [1000, 4]] as const;
  const svg = svgOf({
    title: "a < b",
    what: "things",
    panels: [{ title: "cost", unit: "µs", lines: [{ name: "one", points }] }],
  });
  const [[x0, y0], [x1, y1], [x2, y2]] = threePlaces(svg);
  assertEquals(x1 - x0, x2 - x1);
  assert(y0 > y1 && y1 > y2);
  assertEquals(Math.round(2 * (y0 - y1)), Math.round(y1 - y2), "y is linear");
  for (const part of ["<title", "a &lt; b", "<desc", "one 1 µs at 10, 4 µs at 1k things"]) {
    assertStringIncludes(svg, part);
  }
  for (const text of ["prefers-color-scheme: dark", "cost, µs", ">things<", ">1k<"]) {
    assertStringIncludes(svg, text);
  }
  assert(!/href|url\(|@import|<script/.test(svg), "it needs no other file");
});

Deno.test("values that are far apart have a logarithmic y axis too", () => {
  const points = [[10, 1], [100, 10], [1000, 100]] as const;
  const panels = [{ title: "t", unit: "ms", lines: [{ name: "n", points }] }];
  const [[, y0], [, y1], [, y2]] = threePlaces(svgOf({ title: "t", what: "w", panels }));
  assertEquals(Math.round(y0 - y1), Math.round(y1 - y2));
});

Deno.test("the page has a section, a table and an image for each part that was measured", () => {
  const { page, images } = pageOf(results);
  assertEquals(Object.keys(images), ["growth_retained.svg"]);
  assertStringIncludes(page, "(images/growth_retained.svg)");
  assertStringIncludes(page, "| CPU a message, 100 topics, µs | mosquitto | 5 | 5 | 5 |  |");
  assertStringIncludes(page, "| latency, p99, µs | mosquitto | - | - | - |  |");
  assertStringIncludes(page, "| Midge | 70 | 71 | 1,070 | 1k B |");
  assertStringIncludes(page, "On a Tuesday. Repeat it: `deno task bench:growth --only retained`.");
  assert(!page.includes("## Sessions"));
});

Deno.test("a median is of each number by itself", () => {
  assertEquals(medians([{ a: 1, b: 9 }, { a: 3, b: 7 }, { a: 2, b: 8 }]), { a: 2, b: 8 });
});

Deno.test("filters are valid, different, and of all three kinds", () => {
  const filters = Array.from({ length: 10_000 }, (_, i) => filterOf(i));
  assertEquals(new Set(filters).size, filters.length);
  assertEquals(filters.filter((one) => topicFilterProblem(one) !== undefined), []);
  const count = (sign: string) => filters.filter((one) => one.includes(sign)).length;
  assertEquals([count("#"), count("+")], [2000, 4000]);
});

Deno.test("numbers on axes are short, and parts have names of their own", () => {
  assertEquals([10, 1000, 19_500, 1_000_000, 0.25].map(short), ["10", "1k", "19.5k", "1M", "0.25"]);
  assertEquals(new Set(PARTS.map(({ name }) => name)).size, PARTS.length);
});
