/**
 * The configuration keys as a flat list, from the tables that the configuration is read with. Invariant: every key that
 * people are told of is in it once, under the path that they write.
 */
import { flowYaml } from "../../lib/config/flow_yaml.ts";
import { BROKER_PAGE } from "../../lib/config/broker_page.ts";
import type { Keys } from "../../lib/config/table.ts";

/** One key. */
export interface KeyRow {
  /** `listeners.NAME.bind`. */
  readonly path: string;
  /** What it is for; empty: its name says it. */
  readonly doc: string;
  /** The kind of value, in words; empty for a mapping. */
  readonly expected: string;
  /** As YAML; undefined: there is none. */
  readonly fallback: string | undefined;
}

/** Maps whose keys people choose. */
const NAMED: Readonly<Record<string, string>> = { "listeners.default": "listeners.NAME" };

/** All keys, in the order of config.yaml. */
export function configKeys(): KeyRow[] {
  return BROKER_PAGE.filter((part) => typeof part !== "string")
    .flatMap((keys) => [...rowsOf(keys, "")]);
}

function* rowsOf(keys: Keys, above: string): Generator<KeyRow> {
  for (const [name, row] of Object.entries(keys)) {
    if (row.shown === "hidden") continue;
    const written = above === "" ? name : `${above}.${name}`;
    const path = NAMED[written] ?? written;
    const { type, doc = "", keys: below = {}, default: fallback } = row;
    const isMapping = Object.keys(below).length > 0;
    yield {
      path,
      doc,
      expected: isMapping || type.expected === "anything" ? "" : type.expected,
      fallback: fallback === undefined || isMapping ? undefined : flowYaml(fallback),
    };
    // The packaged plugins have options of their own; docs/PLUGINS.md has them.
    if (path !== "plugins") yield* rowsOf(below, path);
  }
}
