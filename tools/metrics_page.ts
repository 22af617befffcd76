/**
 * docs/METRICS.md: every metric that the plugin prometheus exposes, from the table of metrics. Invariant: the page is
 * whole from here; a test compares it with the file.
 */
import {
  ACCESS_METRICS,
  ANSWER_METRICS,
  ANSWER_TIMES,
  type Metric,
  METRICS,
  STORAGE_METRICS,
  STORAGE_TIMES,
} from "../plugin.ts";
import { liveMetrics } from "../lib/plugin/live_metrics.ts";
import { MosquittoTree } from "../plugins/mosquitto_tree/tree.ts";
import { aliasFamilies } from "../plugins/prometheus/aliases.ts";
import { familyName } from "../plugins/prometheus/families.ts";

const INTRO = `# Metrics

This page is written by \`deno task metrics\` from the table that the broker counts by.

The plugin \`prometheus\` serves them at \`/metrics\`, in OpenMetrics 1.0 or, for a scraper that does not
ask for that, in the older text format (0.0.4):

\`\`\`yaml
plugins:
  auth_anonymous:
  prometheus:
    bind: 127.0.0.1:9234
\`\`\`

| option                 | default          | meaning                                                              |
| ---------------------- | ---------------- | -------------------------------------------------------------------- |
| \`bind\`                 | \`127.0.0.1:9234\` | the address; 9234 is the port of mosquitto's exporter                |
| \`certfile\`, \`keyfile\`  | –                | a certificate with its chain, and its key: HTTPS                     |
| \`token\`                | –                | a scraper must send \`Authorization: Bearer TOKEN\`; 8 characters or more |
| \`username\`, \`password\` | –                | or these, as \`Authorization: Basic\`                                  |
| \`aliases\`              | true             | the names of mosquitto's exporter beside these                       |

Without a token or a password everyone who reaches the address can read the numbers; the log warns
where that is not this machine alone. Names of topics, clients and users are in no metric; a label
has at most 500 values, and what comes behind them is counted as \`other\`.

A scrape reads counters: it costs the same with one client and with 100,000. Prometheus asks for it
like this:

    scrape_configs:
      - job_name: midge
        static_configs:
          - targets: ["127.0.0.1:9234"]

Two Grafana boards are made for these names: [overview](grafana/overview.json) and
[access and storage](grafana/access_and_storage.json). Import them and choose the data source.

## Midge's names

Counters have \`_total\` behind the name, histograms \`_bucket\`, \`_sum\` and \`_count\`. Durations are
seconds, in buckets of 1, 2, 5, 10, ... from 10 microseconds to 10 seconds. The latency of messages
and the event loop's delay are measured from when a plugin (\`prometheus\`, \`dashboard\`) or
\`midge ctl history\` wants them. A write is one observation of the latency, at the mean of its
messages, and counts once for each of them.
`;

const ALIASES = `
## Names of mosquitto's exporter

With \`aliases\`, for boards that were made for
[mosquitto's exporter](https://github.com/sapcc/mosquitto-exporter): the topics of mosquitto's tree
([PLUGINS.md](PLUGINS.md#broker_sys)), in mosquitto's units. They are of type unknown in OpenMetrics,
where a counter would have another name; in the older format they have the types that the exporter
gives them.
`;

/** What does not stand in the table, as the plugin adds it. */
const BESIDE: readonly (readonly [name: string, type: string, labels: string, help: string])[] = [
  ["midge_build_info", "info", "version", "1, with the version of the broker"],
  ["midge_storage_up", "gauge", "", "1: what is to be kept is written; 0: it waits"],
  [
    "midge_access_server_up",
    "gauge",
    "source",
    "1: the server that a plugin asks has answered; 0: it does not; absent: it was not asked yet",
  ],
];

/** The path of every row in the metrics, with the row. */
export function* allRows(): Generator<readonly [path: string, metric: Metric]> {
  yield* Object.entries(METRICS);
  for (const [name, metric] of Object.entries({ ...STORAGE_METRICS, ...STORAGE_TIMES })) {
    yield [`storage.${name}`, metric];
  }
  for (const [name, metric] of Object.entries(ACCESS_METRICS)) yield [`access.${name}`, metric];
  for (const [name, metric] of Object.entries(ANSWER_METRICS)) {
    yield [`access.sources.${name}`, metric];
  }
  yield ["access.sources.time", ANSWER_TIMES];
}

/** The names of all samples, histograms with their suffixes, in the older format. */
export function sampleNames(): string[] {
  const own = [...allRows()].flatMap(([path, metric]) => {
    const { name } = familyName(path, metric);
    if (metric.kind === "counter") return [`${name}_total`];
    if (metric.kind === "gauge") return [name];
    return ["_bucket", "_sum", "_count"].map((suffix) => name + suffix);
  });
  return [...own, ...BESIDE.map(([name]) => name)];
}

/** The whole page. */
export function metricsPage(): string {
  const rows = [...allRows()].map(([path, metric]) => {
    const { name } = familyName(path, metric);
    const full = metric.kind === "counter" ? `${name}_total` : name;
    return rowText([`\`${full}\``, metric.kind, (metric.labels ?? []).join(", "), metric.help]);
  });
  const beside = BESIDE.map(([name, ...cells]) => rowText([`\`${name}\``, ...cells]));
  const tree = new MosquittoTree(liveMetrics({}, {}), 0);
  const aliases = [...aliasFamilies(tree.values(0))].map(({ name, textType, help }) =>
    rowText([`\`${name}\``, textType ?? "", `\`${help}\``])
  );
  return [
    INTRO,
    ...tableOf(["name", "type", "labels", "meaning"], [...rows, ...beside]),
    ALIASES,
    ...tableOf(["name", "type", "topic"], aliases),
    "",
  ].join("\n");
}

function tableOf(heading: readonly string[], rows: readonly string[]): string[] {
  return [rowText(heading), rowText(heading.map(() => "---")), ...rows];
}

function rowText(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}
