/** Writes docs/METRICS.md from the table of metrics. Invariant: a test compares the two. */
import { metricsPage } from "./metrics_page.ts";

await Deno.writeTextFile(new URL("../docs/METRICS.md", import.meta.url), metricsPage());
