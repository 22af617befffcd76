/**
 * Prometheus' own Python library reads both formats, every name and number as the reader of these tests does. It is
 * looked for with MIDGE_PYTHON, else python3.
 */
import { assertEquals } from "@std/assert";
import { optionalTest } from "../../support/optional.ts";
import { written } from "./everything.ts";
import { parseOpenMetrics, parseText } from "./parser.ts";

const PYTHON = Deno.env.get("MIDGE_PYTHON") ?? "python3";
const SCRIPT = `
import json, sys
if sys.argv[1] == "openmetrics":
    from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
else:
    from prometheus_client.parser import text_string_to_metric_families as parse
print(json.dumps([[s.name, s.labels, float(s.value)] for f in parse(sys.stdin.read()) for s in f.samples]))
`;

async function python(args: readonly string[], input: string) {
  const child = new Deno.Command(PYTHON, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { success, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { success, output: text(stdout), complaint: text(stderr) };
}

async function missing(): Promise<string | undefined> {
  try {
    const { success } = await python(["-c", "import prometheus_client"], "");
    return success ? undefined : "prometheus_client is not installed (MIDGE_PYTHON)";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return `${PYTHON} is not installed`;
    throw error;
  }
}

const why = await missing();

for (const [format, parse] of [["openmetrics", parseOpenMetrics], ["text", parseText]] as const) {
  optionalTest(why, `prometheus_client reads ${format} as this test's reader does`, async () => {
    const text = written(format);
    const { success, output, complaint } = await python(["-c", SCRIPT, format], text);
    assertEquals([success, complaint], [true, ""]);
    const own = [...parse(text).values()].flatMap(({ type, samples }) =>
      samples.map(({ name, labels, value }) => [
        // It calls counters of the older format by the name that OpenMetrics would have.
        type === "counter" ? `${name.replace(/_total$/, "")}_total` : name,
        labels,
        value,
      ])
    );
    assertEquals(JSON.parse(output), own);
  });
}
