/** docs/ACME.md: its configurations load, its table has the keys and defaults, its log line is one of Midge's. */
import { assert, assertEquals } from "@std/assert";
import { ACME_KEYS } from "../../lib/config/acme_keys.ts";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import { parseYaml } from "../../lib/config/yaml.ts";
import { codeBlocks } from "../support/markdown.ts";

const PAGE = await Deno.readTextFile(new URL("../../docs/ACME.md", import.meta.url));

Deno.test("docs/ACME.md: every configuration loads without a warning", () => {
  const blocks = codeBlocks(PAGE, "yaml");
  assertEquals(blocks.length, 3);
  for (const block of blocks) {
    const listener = { bind: 8883, ssl: true, ...parseYaml(block, "docs/ACME.md") as object };
    const raw = block.startsWith("listeners")
      ? parseYaml(block, "x")
      : { listeners: { a: listener } };
    const config = normalizeConfig(raw, { directory: "/" });
    assert(config.listeners[0]!.tls!.acme !== undefined);
    assertEquals(config.warnings, []);
  }
});

Deno.test("docs/ACME.md: the table has every key that people may write", () => {
  const [, table = ""] = /\n(\| key .*?)\n\n/s.exec(PAGE) ?? [];
  const cells = table.split("\n").slice(2).map((line) => line.split("|")[1]!);
  const names = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  const known = Object.entries<{ readonly shown?: string }>(ACME_KEYS);
  assertEquals(names, known.filter(([, { shown }]) => shown !== "hidden").map(([name]) => name));
});
