/** What `midge ctl status` prints for people. Pure: which numbers, and with which words, says the table of metrics. */
import type { ResultOf } from "../../manage/commands.ts";
import { ANSWER_METRICS, type AnswerMetric } from "../../plugin/metric_table.ts";
import type {
  AccessMetrics,
  Metrics,
  SourceMetrics,
  StorageMetrics,
} from "../../plugin/metrics.ts";
import { ANSWER_NAMES, readMetrics } from "../../plugin/read_metrics.ts";

const MEBIBYTE = 1024 * 1024;

/** The state of a broker, a line for each thing. */
export function statusLines(report: ResultOf<"status">): string[] {
  const { metrics } = report;
  return [
    `midge ${report.version}, process ${report.pid}, up ${duration(report.uptimeSeconds)}`,
    row("config", report.config ?? "built in"),
    ...report.listeners.map(({ name, type, address }) =>
      row("listener", `${name}: ${type} ${address}`)
    ),
    row("plugins", report.plugins.join(", ") || "none"),
    ...(metrics.storage === undefined ? [] : [row("storage", storageText(metrics.storage))]),
    ...numberLines(metrics),
    ...(metrics.access === undefined ? [] : accessLines(metrics.access)),
  ];
}

/** `full, data/store, 12.0 MiB, ok`, or for how long it has failed, and why. */
function storageText(
  { durability, place, bytes, state, failing, lastError }: StorageMetrics,
): string {
  const health = state === "up" ? "ok" : `failing for ${duration(failing / 1000)}: ${lastError}`;
  return `${durability}, ${place}, ${(bytes / MEBIBYTE).toFixed(1)} MiB, ${health}`;
}

/** `clients     7 connected, 8 at most so far, ...`: a line for each that the table names, in its order. */
function numberLines(metrics: Partial<Metrics>): string[] {
  const lines = new Map<string, string[]>();
  for (const { metric: { status }, total } of readMetrics(metrics)) {
    if (status === undefined) continue;
    lines.set(status.line, [
      ...lines.get(status.line) ?? [],
      `${Math.round(total)} ${status.words}`,
    ]);
  }
  return [...lines].map(([line, parts]) => row(line, parts.join(", ")));
}

function accessLines({ sources, health }: AccessMetrics): string[] {
  return [
    ...sources.map((one) => row("source", sourceText(one))),
    ...health.map(({ source, health: { state, since, lastError, failed } }) => {
      const error = lastError === undefined ? "" : `; ${failed} failures, the last: ${lastError}`;
      return row("server", `${source}: ${state} since ${new Date(since).toISOString()}${error}`);
    }),
  ];
}

function sourceText({ source, question, counts }: SourceMetrics): string {
  const { allow, deny, ignore, error, microseconds, worstMicroseconds } = counts;
  const asked = allow + deny + ignore + error;
  const time = asked === 0 || microseconds === 0
    ? ""
    : `; ${milliseconds(microseconds / asked)} ms each, ${
      milliseconds(worstMicroseconds)
    } at worst`;
  const numbers = ANSWER_NAMES.flatMap((name) => {
    const { words }: AnswerMetric = ANSWER_METRICS[name];
    return words === undefined ? [] : [`${counts[name]} ${words}`];
  });
  return `${source} ${question}: ${numbers.join(", ")}${time}`;
}

function milliseconds(microseconds: number): string {
  return (microseconds / 1000).toFixed(3);
}

/** A line with a name in front. */
export function row(name: string, text: string): string {
  return `${name.padEnd(12)}${text}`;
}

function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(" ");
}
