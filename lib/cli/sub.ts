/**
 * `midge sub`: prints messages as they arrive. Invariant: what is printed is written before the exit; while
 * stdout is slow the client reads no further, so memory is bounded.
 */
import type { Client } from "../client/client.ts";
import type { ReceivedMessage } from "../client/message.ts";
import { matcherOf } from "../client/receivers.ts";
import { VERSION } from "../version.ts";
import { EXIT, withClient } from "./client_command.ts";
import { CLIENT_OPTIONS, qosOf, readClientConfig } from "./client_options.ts";
import { UsageError } from "./flags.ts";
import { jsonFormat, type MessageFormat, plainFormat, textFormat } from "./message_format.ts";
import { describeOptions, type GivenOptions, type OptionTable, readOptions } from "./options.ts";
import { Output } from "./output.ts";
import { printText } from "./terminal.ts";

const SUB_OPTIONS = {
  "topic": {
    names: ["topic", "t"],
    value: "FILTER",
    help: "what to subscribe to; may be repeated",
  },
  "qos": { names: ["qos", "q"], value: "QOS", help: "0, 1 or 2; default 0" },
  "count": { names: ["count", "C", "n"], value: "COUNT", help: "end after so many messages" },
  "timeout": { names: ["timeout", "W"], value: "SECONDS", help: "end after this time" },
  "verbose": { names: ["verbose", "v"], help: "print the topic before the payload" },
  "json": { names: ["json"], help: "print one JSON object a line" },
  "format": {
    names: ["format", "F"],
    value: "FORMAT",
    help: "%t topic, %p payload, %l length, %q QoS, %r retain,\n" +
      "%x %X %b payload as hex or base64, %I %U time",
  },
  "no-line-end": { names: ["no-line-end", "N"], help: "no line end behind a message" },
  "no-retained": { names: ["no-retained", "R"], help: "skip retained messages" },
  "retained-only": { names: ["retained-only"], help: "end at the first that is not retained" },
  "filter-out": {
    names: ["filter-out", "T"],
    value: "FILTER",
    help: "skip what matches; may be repeated",
  },
  "unsubscribe": {
    names: ["unsubscribe", "U"],
    value: "FILTER",
    help: "give up a kept subscription; may be repeated",
  },
  "exit-after-subscribe": { names: ["exit-after-subscribe", "E"], help: "end once subscribed" },
  ...CLIENT_OPTIONS,
  "version": { names: ["version"], help: "the version" },
  "help": { names: ["help"], help: "this text" },
} as const satisfies OptionTable;

/** Printed by `midge sub --help`. */
export const HELP = `Usage: midge sub -t FILTER [-t FILTER ...] [FLAGS]

Subscribes at an MQTT 3.1.1 broker and prints each payload as a line, until SIGINT, SIGTERM, --count or --timeout.

${describeOptions(SUB_OPTIONS)}

Exit code 0: ended as asked, by a signal too; 1: the broker could not be reached, refused, or was lost; 2: the
command line was not understood; 27: --timeout came before --count was reached.`;

/** It has an -h of its own. */
export const ownsHelp = true;

type Given = GivenOptions<typeof SUB_OPTIONS>;

/** What to subscribe to, what to print, and when to end. */
interface Plan {
  readonly filters: readonly string[];
  readonly qos: 0 | 1 | 2 | undefined;
  readonly unsubscribe: readonly string[];
  readonly format: MessageFormat;
  readonly count: number;
  /** Milliseconds. */
  readonly timeout: number | undefined;
  readonly retained: "all" | "skip" | "only";
  readonly isSkipped: (topicName: string) => boolean;
  readonly leavesAtOnce: boolean;
}

/** Subscribes and prints. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, SUB_OPTIONS);
  if (given.has("help")) return printText(HELP), 0;
  if (given.has("version")) return printText(`midge ${VERSION}`), 0;
  const { config, topic } = await readClientConfig(given);
  const filters = topic === undefined ? given.all("topic") : [...given.all("topic"), topic];
  const plan = planOf(given, filters);
  const printer = new Printer(plan, new Output(Deno.stdout));
  const work = async (client: Client, stop: AbortSignal) => {
    const end = plan.timeout === undefined
      ? stop
      : AbortSignal.any([stop, AbortSignal.timeout(plan.timeout)]);
    try {
      return await subscribe(client, plan, printer, end);
    } catch (error) {
      if (!end.aborted || error !== end.reason) throw error;
      return stop.aborted || plan.count === Infinity ? 0 : EXIT.TIMEOUT;
    }
  };
  const code = await withClient(config, work, (client) => {
    client.onMessage(undefined, (message) => printer.receive(message));
  });
  await printer.flush();
  return code;
}

function planOf(given: Given, filters: readonly string[]): Plan {
  const unsubscribe = given.all("unsubscribe");
  if (filters.length === 0 && unsubscribe.length === 0) throw new UsageError("--topic is missing");
  if (given.has("no-retained") && given.has("retained-only")) {
    throw new UsageError("--no-retained and --retained-only exclude one another");
  }
  const skipped = given.all("filter-out").map((filter) => check(filter, "filter-out"));
  for (const filter of filters) check(filter, "topic");
  for (const filter of unsubscribe) check(filter, "unsubscribe");
  return {
    filters,
    unsubscribe,
    qos: qosOf(given),
    format: formatOf(given),
    count: given.integer("count", 1) ?? Infinity,
    timeout: given.seconds("timeout"),
    retained: given.has("no-retained") ? "skip" : given.has("retained-only") ? "only" : "all",
    isSkipped: (topicName) => skipped.some((matches) => matches(topicName)),
    leavesAtOnce: given.has("exit-after-subscribe") || filters.length === 0,
  };
}

function check(filter: string, option: string): (topicName: string) => boolean {
  try {
    return matcherOf(filter);
  } catch (error) {
    throw new UsageError(`--${option} ${(error as RangeError).message}`);
  }
}

function formatOf(given: Given): MessageFormat {
  const lineEnd = given.has("no-line-end") ? "" : "\n";
  const now = () => new Date();
  const format = given.last("format");
  if (given.has("json")) return jsonFormat(now);
  if (format !== undefined) return textFormat(format, now, lineEnd);
  return plainFormat(given.has("verbose"), lineEnd);
}

async function subscribe(
  client: Client,
  plan: Plan,
  printer: Printer,
  end: AbortSignal,
): Promise<number> {
  if (plan.unsubscribe.length > 0) await client.unsubscribe(plan.unsubscribe, { signal: end });
  if (plan.filters.length > 0) {
    await client.subscribe(plan.filters, { qos: plan.qos, signal: end });
  }
  if (plan.leavesAtOnce) return 0;
  const lost = client.closed.then((error) => {
    throw error;
  });
  await Promise.race([printer.done, rejectionOf(end), lost]);
  return 0;
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

/**
 * Prints messages until there have been enough. A message is acknowledged when it is with stdout; those that
 * come when it is done never are, so that a kept session still has them.
 */
class Printer {
  readonly #plan: Plan;
  readonly #output: Output;
  readonly #done = Promise.withResolvers<void>();
  #left: number;
  #isDone = false;

  constructor(plan: Plan, output: Output) {
    this.#plan = plan;
    this.#output = output;
    this.#left = plan.count;
  }

  /** Resolves when there have been enough messages, or nobody reads them any more. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  receive(message: ReceivedMessage): void | Promise<void> {
    if (this.#plan.retained === "only" && !message.retain) this.#finish();
    if (this.#isDone) return new Promise(() => {});
    if (!this.#isWanted(message)) return;
    const written = this.#output.write(...this.#plan.format(message));
    if (--this.#left === 0 || this.#output.isClosed) this.#finish();
    return written;
  }

  flush(): Promise<void> {
    return this.#output.flush();
  }

  #finish(): void {
    this.#isDone = true;
    this.#done.resolve();
  }

  #isWanted({ retain, topicName }: ReceivedMessage): boolean {
    return !(retain && this.#plan.retained === "skip") && !this.#plan.isSkipped(topicName);
  }
}
