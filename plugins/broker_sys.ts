/**
 * Publishes how the broker is doing under `$SYS/broker/`: every topic of the table of metrics, time, the process, the
 * machine's memory, the event loop's delay, and mosquitto's tree. Retained, QoS 0, at the start and every
 * `sys_interval`. Invariants: numbers are read, not kept; only maxima, averages and the last CPU reading are remembered;
 * where mosquitto has the same topic in another unit, aMQTT's stays.
 */
import { check, type InferOutput, nullish, optional, pipe } from "valibot";
import {
  definePlugin,
  durationOption,
  type Metrics,
  optionsOf,
  type Plugin,
  type PluginContext,
  readMetrics,
  switchOption,
} from "../plugin.ts";
import { MosquittoTree } from "./mosquitto_tree/tree.ts";

const PREFIX = "$SYS/broker/";
/** How often the event loop's delay is looked at, in milliseconds. */
const PROBE_INTERVAL = 1000;
const MICROSECONDS = 1000;
const MEGABYTE = 1_000_000;

const OPTIONS = optionsOf({
  /** Milliseconds once read; 0 turns everything off. */
  sys_interval: nullish(
    pipe(
      durationOption,
      check((value) => value === 0 || value >= 1000, "expected 0 (off), or at least 1 second"),
    ),
    20,
  ),
  /** mosquitto's topics beside aMQTT's. */
  mosquitto: optional(switchOption, true),
});

/** What the plugin asks of the process and the machine; tests have their own. */
export interface System {
  /** Milliseconds of a clock that no one sets. */
  clock(): number;
  /** Milliseconds of CPU time used so far. */
  cpuTime(): number;
  /** Bytes. */
  memory(): { rss: number; heapUsed: number };
  /** Bytes; undefined where the permission is missing. */
  machineMemory(): { total: number; free: number; available: number } | undefined;
}

/** Topic below `$SYS/broker/` -> payload. */
type Values = Record<string, string>;

/** The plugin on top of a given system. */
export function brokerSys(system: System): Plugin<InferOutput<typeof OPTIONS>> {
  return definePlugin({
    name: "broker_sys",
    apiVersion: 1,
    options: OPTIONS,
    setup({ sys_interval, mosquitto }, context) {
      if (sys_interval === 0) return {};
      const publisher = new SysPublisher(context, system, mosquitto);
      context.clock.every(sys_interval, () => publisher.publish());
      context.clock.every(PROBE_INTERVAL, () => publisher.probe());
      return { brokerStarted: () => publisher.publish() };
    },
  });
}

class SysPublisher {
  readonly #context: PluginContext;
  readonly #system: System;
  readonly #cpu: CpuMeter;
  readonly #delay: DelayMeter;
  readonly #tree: MosquittoTree | undefined;
  #heapMaximum = 0;

  constructor(context: PluginContext, system: System, mosquitto: boolean) {
    this.#context = context;
    this.#system = system;
    this.#cpu = new CpuMeter(system);
    this.#delay = new DelayMeter(system);
    this.#tree = mosquitto ? new MosquittoTree(context.metrics, context.clock.now()) : undefined;
  }

  publish(): void {
    const { metrics } = this.#context;
    const values = {
      ...this.#mosquittoValues(),
      version: `midge ${this.#context.version}`,
      ...this.#timeValues(metrics.startedAt),
      ...metricValues(metrics),
      ...this.#processValues(),
      ...this.#machineValues(),
    };
    for (const [topic, payload] of Object.entries(values)) {
      this.#context.publish({ topicName: PREFIX + topic, payload, qos: 0, retain: true });
    }
  }

  probe(): void {
    this.#delay.probe();
  }

  #mosquittoValues(): Values {
    const { clock } = this.#context;
    this.#tree?.update(clock.now());
    const values = this.#tree?.values(clock.epoch()) ?? [];
    return Object.fromEntries([...values].map(({ topic, text }) => [topic, text]));
  }

  #timeValues(startedAt: number): Values {
    const now = this.#context.clock.epoch();
    return {
      time: String(Math.floor(now / 1000)),
      uptime: String(Math.max(0, Math.floor((now - startedAt) / 1000))),
      "uptime/formatted": new Date(startedAt).toISOString().replace("T", " ").replace(
        /\..*/,
        "+00:00",
      ),
    };
  }

  #processValues(): Values {
    const { rss, heapUsed } = this.#system.memory();
    this.#heapMaximum = Math.max(this.#heapMaximum, rss);
    const cpu = this.#cpu.read();
    return {
      "heap/size": decimal(rss / MEGABYTE),
      "heap/maximum": decimal(this.#heapMaximum / MEGABYTE),
      "heap/used": decimal(heapUsed / MEGABYTE),
      "cpu/percent": decimal(cpu.percent),
      "cpu/maximum": decimal(cpu.maximum),
      "eventloop/delay": decimal(this.#delay.take()),
    };
  }

  #machineValues(): Values {
    const memory = this.#system.machineMemory();
    if (!memory) return {};
    return {
      "system/memory/total": decimal(memory.total / MEGABYTE),
      "system/memory/free": decimal(memory.free / MEGABYTE),
      "system/memory/available": decimal(memory.available / MEGABYTE),
    };
  }
}

/** CPU time between two readings, in percent of one core. */
class CpuMeter {
  readonly #system: System;
  #last: { at: number; used: number } | undefined;
  #maximum = 0;

  constructor(system: System) {
    this.#system = system;
  }

  /** The first reading has nothing to compare with and is 0. */
  read(): { percent: number; maximum: number } {
    const now = { at: this.#system.clock(), used: this.#system.cpuTime() };
    const last = this.#last ?? now;
    const elapsed = now.at - last.at;
    const percent = elapsed > 0 ? 100 * (now.used - last.used) / elapsed : 0;
    this.#last = now;
    this.#maximum = Math.max(this.#maximum, percent);
    return { percent, maximum: this.#maximum };
  }
}

/** How much later than it should a timer fires: the worst since it was last asked. */
class DelayMeter {
  readonly #system: System;
  #lastProbe: number;
  #worst = 0;

  constructor(system: System) {
    this.#system = system;
    this.#lastProbe = system.clock();
  }

  probe(): void {
    const now = this.#system.clock();
    this.#worst = Math.max(this.#worst, now - this.#lastProbe - PROBE_INTERVAL);
    this.#lastProbe = now;
  }

  take(): number {
    const worst = this.#worst;
    this.#worst = 0;
    return worst;
  }
}

/** The numbers of the table of metrics, and how servers of access decisions are doing. */
function metricValues(metrics: Metrics): Values {
  const numbers = new Map<string, number>();
  for (const { metric, samples, total } of readMetrics(metrics)) {
    for (const topic of metric.topics) {
      if (!topic.includes("{")) numbers.set(topic, (numbers.get(topic) ?? 0) + total);
      else for (const { labels, value } of samples) numbers.set(filled(topic, labels), value);
    }
  }
  return {
    ...Object.fromEntries([...numbers].map(([topic, value]) => [topic, String(Math.round(value))])),
    ...serverValues(metrics),
    ...storageValues(metrics),
  };
}

/** A metric's topic with its labels' values as levels: `messages/dropped/queue_full`. */
function filled(topic: string, labels: Readonly<Record<string, string>>): string {
  return topic.replace(/\{(\w+)\}/g, (_whole, label: string) => levelOf(labels[label] ?? ""));
}

function serverValues({ access }: Metrics): Values {
  const topics = access?.health.map(({ source, health: { state } }) => [
    `access/${levelOf(source)}/server`,
    state,
  ]);
  return Object.fromEntries(topics ?? []);
}

function storageValues({ storage }: Metrics): Values {
  return storage === undefined ? {} : { "storage/state": storage.state };
}

/** A plugin's name or a reason as one level of a topic: `queue full` becomes `queue_full`, `$ topic` `dollar_topic`. */
function levelOf(name: string): string {
  return name.replaceAll("$", "dollar").replace(/[^a-z0-9]+/gi, "_");
}

function decimal(value: number): string {
  return value.toFixed(3);
}

/** Microseconds of processor time; Deno has it without a type, and node:process takes 2 MB of memory. */
const cpuUsage = (Deno as { cpuUsage?: () => { user: number; system: number } }).cpuUsage ??
  (await import("node:process")).default.cpuUsage;

const DENO: System = {
  clock: () => performance.now(),
  cpuTime() {
    const { user, system } = cpuUsage();
    return (user + system) / MICROSECONDS;
  },
  memory: () => Deno.memoryUsage(),
  machineMemory() {
    try {
      return Deno.systemMemoryInfo();
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) return undefined; // without --allow-sys
      throw error;
    }
  },
};

export default brokerSys(DENO);
