/**
 * Topic names and filters: a table of the standard's own examples, and properties compared with a
 * brute-force reading of section 4.7 over every name and filter of a small alphabet.
 */
import { assertEquals } from "@std/assert";
import {
  filterCovers,
  filterMatches,
  filtersIntersect,
  splitSharedFilter,
  topicFilterProblem,
  topicNameProblem,
} from "../../lib/topic/filter.ts";

const NAME_PROBLEMS: [string, string | undefined][] = [
  ["a", undefined],
  ["/", undefined],
  ["/finance", undefined],
  ["a b/ü/\u{1F98B}", undefined],
  ["$SYS/broker", undefined],
  ["a".repeat(65_535), undefined],
  ["", "MQTT-4.7.3-1"],
  ["a/+", "MQTT-4.7.1-1"],
  ["sport+", "MQTT-4.7.1-1"],
  ["#", "MQTT-4.7.1-1"],
  ["a\u0000b", "MQTT-4.7.3-2"],
  ["a".repeat(65_536), "MQTT-4.7.3-3"],
  ["ü".repeat(32_768), "MQTT-4.7.3-3"],
];

const FILTER_PROBLEMS: [string, string | undefined][] = [
  ["#", undefined],
  ["+", undefined],
  ["sport/tennis/#", undefined],
  ["+/tennis/#", undefined],
  ["sport/+/player1", undefined],
  ["/+", undefined],
  ["+/+", undefined],
  ["$SYS/#", undefined],
  ["//", undefined],
  ["", "MQTT-4.7.3-1"],
  ["sport/tennis#", "MQTT-4.7.1-2"],
  ["sport/tennis/#/ranking", "MQTT-4.7.1-2"],
  ["#/", "MQTT-4.7.1-2"],
  ["##", "MQTT-4.7.1-2"],
  ["+#", "MQTT-4.7.1-3"],
  ["sport+", "MQTT-4.7.1-3"],
  ["+sport", "MQTT-4.7.1-3"],
  ["a/b+/c", "MQTT-4.7.1-3"],
  ["++", "MQTT-4.7.1-3"],
  ["a/\u0000", "MQTT-4.7.3-2"],
  ["/".repeat(65_536), "MQTT-4.7.3-3"],
];

Deno.test("topicNameProblem names the violated statement", () => {
  for (const [name, statement] of NAME_PROBLEMS) {
    assertProblem(topicNameProblem(name), statement, name.slice(0, 40));
  }
});

Deno.test("topicFilterProblem names the violated statement", () => {
  for (const [filter, statement] of FILTER_PROBLEMS) {
    assertProblem(topicFilterProblem(filter), statement, filter.slice(0, 40));
  }
});

Deno.test("more levels than the limit are a problem, as many are not", () => {
  assertEquals(topicNameProblem("a/b/c", 3), undefined);
  assertEquals(topicFilterProblem("a/+/#", 3), undefined);
  assertProblem(topicNameProblem("a/b/c", 2), "max_topic_levels", "a/b/c");
  assertProblem(topicFilterProblem("a/+/", 2), "max_topic_levels", "a/+/");
});

Deno.test("splitSharedFilter takes the prefix off", () => {
  assertEquals(splitSharedFilter("a/b"), { group: undefined, topicFilter: "a/b" });
  assertEquals(splitSharedFilter("$share/g/a/#"), { group: "g", topicFilter: "a/#" });
  assertEquals(splitSharedFilter("$share/g//a"), { group: "g", topicFilter: "/a" });
  assertEquals(splitSharedFilter("$queue/a/+"), { group: "$queue", topicFilter: "a/+" });
  assertEquals(splitSharedFilter("$share/g/$SYS/#"), { group: "g", topicFilter: "$SYS/#" });
});

Deno.test("splitSharedFilter leaves names that only look alike", () => {
  for (const filter of ["$share", "$shared/g/a", "$queue", "$queues/a", "a/$share/g/b"]) {
    assertEquals(splitSharedFilter(filter), { group: undefined, topicFilter: filter });
  }
});

Deno.test("splitSharedFilter refuses a broken prefix", () => {
  const broken = [
    "$share/",
    "$share/g",
    "$share/g/",
    "$share//a",
    "$share/+/a",
    "$share/#/a",
    "$share/a+b/c",
    "$share/#",
    "$queue/",
    "$share/g/$share/h/a",
    "$share/g/$queue/a",
    "$queue/$share/g/a",
  ];
  for (const filter of broken) assertEquals(typeof splitSharedFilter(filter), "string", filter);
});

const MATCHES: [string, string, boolean][] = [
  ["sport/tennis/player1/#", "sport/tennis/player1", true],
  ["sport/tennis/player1/#", "sport/tennis/player1/ranking", true],
  ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true],
  ["sport/#", "sport", true],
  ["sport/#", "sports", false],
  ["sport/tennis/+", "sport/tennis/player1", true],
  ["sport/tennis/+", "sport/tennis/player1/ranking", false],
  ["sport/+", "sport", false],
  ["sport/+", "sport/", true],
  ["+/+", "/finance", true],
  ["/+", "/finance", true],
  ["+", "/finance", false],
  ["#", "$SYS/monitor/Clients", false],
  ["+/monitor/Clients", "$SYS/monitor/Clients", false],
  ["$SYS/#", "$SYS/monitor/Clients", true],
  ["$SYS/monitor/+", "$SYS/monitor/Clients", true],
  ["a/#", "a/$SYS", true],
  ["ACCOUNTS", "Accounts", false],
  ["/finance", "finance", false],
  // The same letter composed and decomposed: no normalization [MQTT-4.7.3-4].
  ["\u00fc", "u\u0308", false],
];

Deno.test("[MQTT-4.7.2-1] filterMatches agrees with the standard's examples", () => {
  for (const [filter, name, expected] of MATCHES) {
    assertEquals(filterMatches(filter, name), expected, `${filter} ~ ${name}`);
  }
});

const COVERS: [string, string, boolean][] = [
  ["#", "a/+/#", true],
  ["#", "$SYS/#", false],
  ["#", "$SYS", false],
  ["+/#", "#", true],
  ["#", "+/#", true],
  ["+/+/#", "#", false],
  ["/+/#", "/#", true],
  ["a/#", "a", true],
  ["a/#", "a/+", true],
  ["a/+", "a/#", false],
  ["a/+", "a/b", true],
  ["a/b", "a/+", false],
  ["+/b", "$x/b", false],
  ["$x/+", "$x/b", true],
  ["+", "+", true],
  ["a/+/#", "a/#", false],
];

Deno.test("filterCovers: every topic of the inner filter is one of the outer's", () => {
  for (const [outer, inner, expected] of COVERS) {
    assertEquals(filterCovers(outer, inner), expected, `${outer} covers ${inner}`);
  }
});

/** Every list of 1 to `depth` levels of the alphabet, joined; the empty string is left out. */
function textsUpTo(depth: number, alphabet: readonly string[]): string[] {
  let lists: string[][] = [[]];
  const all: string[] = [];
  for (let level = 0; level < depth; level++) {
    lists = lists.flatMap((list) => alphabet.map((word) => [...list, word]));
    all.push(...lists.map((list) => list.join("/")));
  }
  return all.filter((text) => text !== "");
}

const NAMES = textsUpTo(5, ["a", "b", "", "$x"]);
const FILTERS = textsUpTo(3, ["a", "b", "", "$x", "+", "#"])
  .filter((filter) => topicFilterProblem(filter) === undefined);

/** Section 4.7 word for word: recursive, on lists of levels, sharing nothing with lib/topic. */
function specMatches(filter: string[], name: string[], first = true): boolean {
  const [head, ...rest] = filter;
  if (head === undefined) return name.length === 0;
  if (first && (head === "+" || head === "#") && name[0]!.startsWith("$")) return false;
  if (head === "#") return true;
  if (name.length === 0) return false;
  return (head === "+" || head === name[0]) && specMatches(rest, name.slice(1), false);
}

/** For each filter one flag per name. */
const SPEC = new Map(FILTERS.map((filter) => {
  const levels = filter.split("/");
  return [filter, NAMES.map((name) => specMatches(levels, name.split("/")))] as const;
}));

Deno.test("property: filterMatches is the standard's relation on all small names and filters", () => {
  for (const [filter, row] of SPEC) {
    for (const [index, name] of NAMES.entries()) {
      if (filterMatches(filter, name) !== row[index]) throw new Error(`${filter} ~ ${name}`);
    }
  }
});

Deno.test("property: filterCovers is set inclusion, filtersIntersect is a common name", () => {
  for (const [a, rowA] of SPEC) {
    for (const [b, rowB] of SPEC) {
      const covers = rowB.every((matched, index) => !matched || rowA[index]);
      const intersects = rowA.some((matched, index) => matched && rowB[index]);
      if (filterCovers(a, b) !== covers) throw new Error(`${a} covers ${b}: expected ${covers}`);
      if (filtersIntersect(a, b) !== intersects) throw new Error(`${a} meets ${b}: ${intersects}`);
    }
  }
});

Deno.test("filters of 64 KiB are compared in linear time", () => {
  const deep = "+/".repeat(32_766) + "#";
  const name = "a/".repeat(32_766) + "b";
  assertEquals(filterMatches(deep, name), true);
  assertEquals(filterCovers(deep, deep), true);
  assertEquals(filtersIntersect(deep, name), true);
  assertEquals(filterMatches(deep, "a"), false);
});

function assertProblem(problem: string | undefined, part: string | undefined, label: string): void {
  const fits = part === undefined ? problem === undefined : problem?.includes(part) === true;
  assertEquals(fits, true, `${label}: ${problem}`);
}
