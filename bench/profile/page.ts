/** The generated parts of PROFILE.md, one a row. Pure. */
import type { Calls } from "./counts.ts";
import type { IdleLook } from "./idle.ts";
import type { Under } from "./load.ts";
import type { Looks } from "./looks.ts";
import type { Row } from "./rows.ts";
import { type Share, SHARES, type Spent } from "./samples.ts";

/** Functions and constructors in a table. */
const LISTED = 14;

/** A load's part. @param when date and machine, in one line */
export function loadPart(row: Row, looks: Looks, when: string): string {
  const parts = [`## ${row.title}`, when];
  if (typeof looks.spent === "string") parts.push(`No samples: ${looks.spent}.`);
  else parts.push(sharesTable(looks.spent, row.unit), functionsTable(looks.spent));
  parts.push(callsLine("System calls", looks.calls, row.unit));
  parts.push(callsLine("Calls of libc for memory", looks.memory, row.unit));
  parts.push(collectedLine(looks, row.unit), allocatorsTable(looks, row.unit));
  return parts.filter((part) => part !== "").join("\n\n");
}

function sharesTable({ look, measured }: Under<Spent>, unit: string): string {
  const cpu = measured["cpu"] ?? NaN;
  const row = (title: string, part: number) =>
    line([title, percent(part), (part * cpu).toFixed(3)]);
  const threads = [...look.threads].map(([name, shares]) => {
    const all = [...shares.values()].reduce((sum, part) => sum + part, 0);
    const of = (share: Share) => percent((shares.get(share) ?? 0) / all);
    const parts = `malloc and free ${of("libc: malloc and free")}, kernel ${of("kernel")} of it`;
    return { name: `threads ${name} (${parts})`, all };
  }).filter(({ all }) => all >= 0.0005).sort((a, b) => b.all - a.all);
  const rate = measured["rate"] ?? NaN;
  return [
    `${cpu.toFixed(2)} us of the processor a ${unit}, ${
      amount(rate)
    } a second; ${look.samples} samples.`,
    "",
    line(["main thread", "of all", `us a ${unit}`]),
    line(["---", "---:", "---:"]),
    ...SHARES.map((share) => row(share, look.shares.get(share) ?? 0)),
    ...threads.map(({ name, all }) => row(name, all)),
  ].join("\n");
}

function functionsTable({ look, measured }: Under<Spent>): string {
  const cpu = measured["cpu"] ?? NaN;
  const named = look.functions.filter(({ name }) => name !== "deno").slice(0, 2 * LISTED);
  return [
    line(["the main thread's dearest functions", "share", "of all", "us"]),
    line(["---", "---", "---:", "---:"]),
    ...named.map(({ name, share, part }) =>
      line([`\`${name}\``, share, percent(part), (part * cpu).toFixed(3)])
    ),
  ].join("\n");
}

function callsLine(title: string, calls: Under<Calls> | string, unit: string): string {
  if (typeof calls === "string") return `${title}: not counted, ${calls}.`;
  const { look, messages } = calls;
  const all = [...look.values()].reduce((sum, count) => sum + count, 0);
  const sorted = [...look].sort(([, a], [, b]) => b - a).slice(0, 8);
  const each = sorted.map(([name, count]) => `${name} ${perOne(count / messages)}`);
  return `${title} a ${unit}: ${perOne(all / messages)} (${each.join(", ")}).`;
}

function collectedLine({ collected }: Looks, unit: string): string {
  if (typeof collected === "string") return `V8's heap: not known, ${collected}.`;
  const { look: { bytes, scavenges, markSweeps, paused }, messages } = collected;
  return `V8's heap: ${
    amount(bytes / messages)
  } bytes a ${unit} (--trace-gc), ${scavenges} scavenges and ` +
    `${markSweeps} other collections for ${amount(messages)}, ${paused.toFixed(1)} ms of pauses.`;
}

function allocatorsTable({ allocators }: Looks, unit: string): string {
  if (typeof allocators === "string") return `By function: not known, ${allocators}.`;
  const { look, messages } = allocators;
  return [
    line(["V8's heap is asked by (sampled)", `bytes a ${unit}`]),
    line(["---", "---:"]),
    ...look.slice(0, LISTED).map(({ name, size }) =>
      line([`\`${name}\``, amount(size / messages)])
    ),
  ].join("\n");
}

/** The part of idle connections. */
export function idlePart(row: Row, look: IdleLook | string, when: string): string {
  if (typeof look === "string") return `## ${row.title}\n\n${when}\n\nNot known: ${look}.`;
  const { resident, heap, constructors } = look;
  const table = [
    line(["V8's heap, by constructor", "objects", "bytes"]),
    line(["---", "---:", "---:"]),
    ...constructors.slice(0, 2 * LISTED).map(({ name, count, size }) =>
      line([`\`${name}\``, perOne(count), amount(size)])
    ),
  ].join("\n");
  const rest = amount((resident - heap) / 1024);
  return `## ${row.title}\n\n${when}\n\n${amount(resident / 1024)} KiB a connection (RSS); ` +
    `${
      amount(heap / 1024)
    } KiB of it on V8's heap, ${rest} KiB outside (Deno's socket, libc, pages half ` +
    `full). Each connection:\n\n${table}`;
}

/** What makes the figures of one run belong together. */
export function conditions(now: Date, load: number): string {
  const { os, arch } = Deno.build;
  return `${
    now.toISOString().slice(0, 10)
  }, ${navigator.hardwareConcurrency} cores, ${os} ${arch}, Deno ` +
    `${Deno.version.deno} (V8 ${Deno.version.v8}), load of the machine ${load.toFixed(1)} before`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

const percent = (part: number) => `${(part * 100).toFixed(1)} %`;
const perOne = (value: number) => value >= 100 ? value.toFixed(0) : value.toPrecision(2);

function amount(value: number): string {
  return value.toLocaleString("en", {
    maximumFractionDigits: value >= 100 ? 0 : value >= 10 ? 1 : 2,
  });
}
