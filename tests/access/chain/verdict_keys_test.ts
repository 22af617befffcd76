/** Keys of verdicts: they tell QoS and RETAIN apart where a source looks at them, and only there. */
import { assertEquals } from "@std/assert";
import { VerdictKeys } from "../../../lib/access/chain/verdict_keys.ts";
import type { Source } from "../../../lib/access/chain/source.ts";
import type { Hooks } from "../../../mod.ts";
import { PluginHarness } from "../../support/plugin_harness.ts";

const { logger } = new PluginHarness().context;
const WAYS = ([0, 1, 2] as const).flatMap((qos) =>
  [false, true].map((retain) => ({ qos, retain }))
);

function source(uses: unknown, trait?: "nothing" | "qos"): Source {
  const hooks = { authorize: () => undefined, authorizeUses: uses } as Hooks;
  return { name: "s", logger, hooks, traits: { authorizeUses: trait } };
}

/** The mask, and how many keys one topic has. */
function keysOf(...sources: Source[]): [mask: number, keys: number] {
  const keys = new VerdictKeys(sources);
  const all = WAYS.map((way) => keys.of({ action: "publish", topic: "t", ...way }));
  return [keys.headerMask, new Set(all).size];
}

Deno.test("no source, and sources that look at nothing: one key", () => {
  assertEquals(keysOf(), [0, 1]);
  assertEquals(keysOf(source(() => "nothing"), source(undefined, "nothing")), [0, 1]);
});

Deno.test("what any of them looks at counts; the hook before what the plugin says of itself", () => {
  assertEquals(keysOf(source(() => "qos")), [0b0110, 3]);
  assertEquals(keysOf(source(() => "retain")), [0b0001, 2]);
  assertEquals(keysOf(source(() => "qos"), source(() => "retain")), [0b0111, 6]);
  assertEquals(keysOf(source(() => "retain", "qos")), [0b0001, 2]);
  assertEquals(keysOf(source(undefined, "qos")), [0b0110, 3]);
});

Deno.test("one that says nothing, something else, or throws may look at both", () => {
  const throws = () => {
    throw new Error("no idea");
  };
  for (const uses of [undefined, () => "neither", () => undefined, throws]) {
    assertEquals(keysOf(source(uses)), [0b0111, 6]);
  }
});

Deno.test("action and topic always count", () => {
  const keys = new VerdictKeys([]);
  const way = { qos: 0, retain: false } as const;
  const all = ["publish", "subscribe"].flatMap((action) =>
    ["a", "b"].map((topic) => keys.of({ action: action as "publish", topic, ...way }))
  );
  assertEquals(new Set(all).size, 4);
});
