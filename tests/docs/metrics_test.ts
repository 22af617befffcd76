/** docs/METRICS.md is current, the boards in docs/grafana name what is exposed, and a scrape has nothing else. */
import { assert, assertEquals } from "@std/assert";
import { metricsPage, sampleNames } from "../../tools/metrics_page.ts";
import { written } from "../plugins/prometheus/everything.ts";
import { parseText } from "../plugins/prometheus/parser.ts";

const DOCS = new URL("../../docs/", import.meta.url);
const BOARDS = ["overview.json", "access_and_storage.json"];

function read(name: string): Promise<string> {
  return Deno.readTextFile(new URL(name, DOCS));
}

Deno.test("docs/METRICS.md is what deno task metrics writes", async () => {
  assertEquals(await read("METRICS.md"), metricsPage());
});

Deno.test("every sample of a scrape stands on the page, and whatever stands there is exposed", async () => {
  const page = await read("METRICS.md");
  const families = [...parseText(written("text")).values()];
  for (const { name } of families) assert(page.includes(`\`${name}\``), name);
  const exposed = new Set(families.flatMap(({ samples }) => samples.map(({ name }) => name)));
  // Rows with labels have no sample while nothing has happened.
  const without = sampleNames().filter((name) => !exposed.has(name));
  assertEquals(without, [
    "midge_subscriptions_refused_total",
    "midge_connections_closed_total",
    "midge_connections_refused_total",
    "midge_clients_slowed_total",
    "midge_system_memory_bytes",
  ]);
});

/** The expressions of a board, its variables and annotations too. */
function expressionsOf(board: unknown): string[] {
  if (typeof board !== "object" || board === null) return [];
  return Object.entries(board).flatMap(([key, value]) =>
    (key === "expr" || key === "query") && typeof value === "string"
      ? [value]
      : expressionsOf(value)
  );
}

for (const name of BOARDS) {
  Deno.test(`docs/grafana/${name}: every metric that it names is exposed`, async () => {
    const expressions = expressionsOf(JSON.parse(await read(`grafana/${name}`)));
    const named = new Set(expressions.flatMap((one) => one.match(/\bmidge_\w+/g) ?? []));
    assert(named.size > 15, `${named.size} metrics`);
    const known = new Set(sampleNames());
    assertEquals([...named].filter((one) => !known.has(one)), []);
  });

  Deno.test(`docs/grafana/${name}: panels do not overlap, ids are its own`, async () => {
    const { panels, uid } = JSON.parse(await read(`grafana/${name}`)) as Board;
    assertEquals(new Set(panels.map(({ id }) => id)).size, panels.length);
    assert(uid.startsWith("midge-"));
    const taken = new Set<string>();
    for (const { gridPos: { x, y, w, h } } of panels) {
      assert(x + w <= 24);
      for (let cell = 0; cell < w * h; cell++) {
        const place = `${x + cell % w},${y + Math.floor(cell / w)}`;
        assert(!taken.has(place), place);
        taken.add(place);
      }
    }
  });
}

interface Board {
  readonly uid: string;
  readonly panels: readonly {
    readonly id: number;
    readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  }[];
}
