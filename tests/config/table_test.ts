/**
 * What follows from a table of keys: the types (checked by `deno check`), reading, names, defaults.
 */
import { assertEquals } from "@std/assert";
import { anything, countLimit, duration, oneOf, text } from "../../lib/config/fields.ts";
import { Problems } from "../../lib/config/problems.ts";
import {
  defaultsOf,
  key,
  type Options,
  readGiven,
  readSection,
  section,
  type Values,
  valuesOf,
} from "../../lib/config/table.ts";
import type { AccessConfig, BrokerOptions, Limits, SizeText } from "../../lib/config/types.ts";
import type { ClientConfig, ClientOptions } from "../../lib/client/config_types.ts";

const INNER = { deep_key: key({ type: oneOf(1, 2), default: 1 }) };
const TABLE = {
  x_most_items: key({ type: countLimit, default: 5 }),
  x_wait: key({ type: duration, default: "2s" }),
  name: key({ type: text }),
  part: section(INNER),
  raw: key({ type: anything<string[]>() }),
};

/** Only for types that are the same. */
function same<A, B>(
  _: (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false,
) {}

Deno.test("types follow from the table", () => {
  same<Values<typeof TABLE>, {
    xMostItems: number;
    xWait: number;
    name: string | undefined;
    part: unknown;
    raw: unknown;
  }>(true);
  same<Options<typeof TABLE>["x_wait"], number | string | null | undefined>(true);
  same<Options<typeof TABLE>["part"], Options<typeof INNER> | null | undefined>(true);
  same<Options<typeof INNER>["deep_key"], 1 | 2 | null | undefined>(true);
  same<keyof Values<typeof TABLE, "x_">, "mostItems" | "wait" | "name" | "part" | "raw">(true);
  same<BrokerOptions["max_packet_size"], SizeText | null | undefined>(true);
  same<Limits["maxPacketSize"], number>(true);
  same<AccessConfig["combine"], "first" | "all" | undefined>(true);
  same<ClientOptions["default_qos"], 0 | 1 | 2 | null | undefined>(true);
  same<ClientConfig["clientId"], string | undefined>(true);
});

Deno.test("reading fills defaults in, under names in camel case", () => {
  const problems = new Problems(undefined);
  const read = readSection(TABLE, { "x-most-items": 0, name: null, raw: null }, [], problems);
  assertEquals(read, {
    xMostItems: Infinity,
    xWait: 2000,
    name: undefined,
    part: undefined,
    raw: null,
  });
  assertEquals(readGiven(TABLE, { name: "n", x_wait: null }, [], problems), { name: "n" });
  assertEquals(defaultsOf(INNER), { deepKey: 1 });
  assertEquals(problems.errors, []);
});

Deno.test("a value that is not acceptable is a problem, and its default stands in", () => {
  const problems = new Problems(undefined);
  assertEquals(readSection(INNER, { deep_key: 3 }, ["a", 1], problems), { deepKey: 1 });
  assertEquals(problems.errors, ["a[1].deep_key: got 3, expected 1 or 2"]);
});

Deno.test("the values of some keys, a prefix taken off", () => {
  const { x_most_items, x_wait } = TABLE;
  const all = readSection(TABLE, {}, [], new Problems(undefined));
  assertEquals(valuesOf({ x_most_items, x_wait }, all, "x_"), { mostItems: 5, wait: 2000 });
  assertEquals(valuesOf({ x_wait }, all), { xWait: 2000 });
});
