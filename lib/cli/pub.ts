/**
 * `midge pub`: publishes messages from the command line, a file or stdin. Invariant: exit code 0 means that
 * every message has its QoS; stdin is read as fast as the broker takes it, and no faster.
 */
import type { Client } from "../client/client.ts";
import { UserError } from "../user_error.ts";
import { whyUnreadable } from "../text_file.ts";
import { VERSION } from "../version.ts";
import type { QoS } from "../wire/packets.ts";
import { withClient } from "./client_command.ts";
import { CLIENT_OPTIONS, qosOf, readClientConfig } from "./client_options.ts";
import { UsageError } from "./flags.ts";
import { linesOf, wholeOf } from "./input_lines.ts";
import { describeOptions, type GivenOptions, type OptionTable, readOptions } from "./options.ts";
import { printText } from "./terminal.ts";

const PUB_OPTIONS = {
  "topic": { names: ["topic", "t"], value: "TOPIC", help: "where to publish" },
  "message": { names: ["message", "m"], value: "TEXT", help: "one message" },
  "file": { names: ["f"], value: "FILE", help: "one message: the file's bytes" },
  "file-lines": {
    names: ["file"],
    value: "FILE",
    help: "each line of the file is a message (as aMQTT)",
  },
  "stdin": { names: ["stdin", "s"], help: "one message: all of stdin" },
  "lines": { names: ["lines", "stdin-line", "l"], help: "each line of stdin is a message" },
  "no-message": { names: ["no-message", "null-message", "n"], help: "one message without payload" },
  "qos": { names: ["qos", "q"], value: "QOS", help: "0, 1 or 2; default 0" },
  "retain": { names: ["retain", "r"], help: "the broker keeps it as retained message" },
  "repeat": { names: ["repeat"], value: "TIMES", help: "publish one message so many times" },
  "repeat-delay": { names: ["repeat-delay"], value: "SECONDS", help: "pause in between" },
  ...CLIENT_OPTIONS,
  "version": { names: ["version"], help: "the version" },
  "help": { names: ["help"], help: "this text" },
} as const satisfies OptionTable;

/** Printed by `midge pub --help`. */
export const HELP =
  `Usage: midge pub -t TOPIC (-m TEXT | -f FILE | --file FILE | -s | -l | -n) [FLAGS]

Publishes to an MQTT 3.1.1 broker. -l reads stdin as it comes and sends as fast as the broker takes it.

${describeOptions(PUB_OPTIONS)}

Exit code 0: every message was taken by the broker (QoS 0: by the network); 1: not; 2: the command line was
not understood; 130, 143: stopped by SIGINT, SIGTERM, what was read before having been sent.`;

/** It has an -h of its own. */
export const ownsHelp = true;

type Given = GivenOptions<typeof PUB_OPTIONS>;
type Payloads = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

const SOURCES = ["message", "file", "file-lines", "stdin", "lines", "no-message"] as const;
/** Messages above QoS 0 that wait for the broker before reading goes on. */
const MAX_PENDING = 1024;

/** Publishes. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, PUB_OPTIONS);
  if (given.has("help")) return printText(HELP), 0;
  if (given.has("version")) return printText(`midge ${VERSION}`), 0;
  const source = sourceOf(given);
  const qos = qosOf(given);
  const repeat = given.integer("repeat", 1) ?? 1;
  const pause = given.seconds("repeat-delay") ?? 0;
  const { config, topic: topicOfUrl } = await readClientConfig(given);
  const topic = given.last("topic") ?? topicOfUrl;
  if (topic === undefined) throw new UsageError("--topic is missing");
  const retain = given.has("retain") ? true : undefined;
  // Opened first: a file that cannot be read is no reason to connect.
  const payloads = await payloadsOf(source, given);
  return await withClient(config, async (client, stop) => {
    const publisher = new Publisher(client, topic, { qos, retain });
    const all = repeat > 1 ? repeated(payloads, repeat, pause, stop) : payloads;
    await untilStopped(publisher.publishAll(all), stop, publisher);
    return 0;
  });
}

function sourceOf(given: Given): typeof SOURCES[number] {
  const [source, another] = SOURCES.filter((one) => given.has(one));
  if (source === undefined) throw new UsageError("one of -m, -f, --file, -s, -l, -n is missing");
  if (another !== undefined) throw new UsageError("-m, -f, --file, -s, -l, -n exclude one another");
  if (given.has("repeat") && (source === "lines" || source === "file-lines")) {
    throw new UsageError("--repeat is for one message, not for lines");
  }
  return source;
}

async function payloadsOf(source: typeof SOURCES[number], given: Given): Promise<Payloads> {
  switch (source) {
    case "message":
      return [new TextEncoder().encode(given.last("message")!)];
    case "no-message":
      return [new Uint8Array(0)];
    case "file":
      return [await wholeOf(await openFile(given.last("file")!))];
    case "file-lines":
      return linesOf(await openFile(given.last("file-lines")!));
    case "stdin":
      return [await wholeOf(Deno.stdin.readable)];
    case "lines":
      return linesOf(Deno.stdin.readable);
  }
}

async function openFile(path: string): Promise<AsyncIterable<Uint8Array>> {
  try {
    const file = await Deno.open(path);
    if (!(await file.stat()).isDirectory) return file.readable;
    file.close();
  } catch (cause) {
    throw new UserError(`${path}: ${whyUnreadable(cause)}`, { cause });
  }
  throw new UserError(`${path}: is a folder; expected a file`);
}

async function* repeated(
  payloads: Payloads,
  times: number,
  pause: number,
  stop: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const payload of payloads) {
    for (let at = 0; at < times && !stop.aborted; at++) {
      if (at > 0 && pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
      yield payload;
    }
  }
}

/** Waits for the work; when a signal comes, for what was accepted until then, and throws the signal's reason. */
async function untilStopped(
  work: Promise<void>,
  stop: AbortSignal,
  publisher: Publisher,
): Promise<void> {
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  stop.addEventListener("abort", () => resolve(), { once: true });
  if (stop.aborted) resolve();
  await Promise.race([work, stopped]);
  if (!stop.aborted) return;
  publisher.stop();
  await publisher.settled();
  throw stop.reason;
}

/** Publishes payloads in order, a bounded number of them under way. */
class Publisher {
  readonly #client: Client;
  readonly #topic: string;
  readonly #options: { qos: QoS | undefined; retain: boolean | undefined };
  #pending = 0;
  #isStopped = false;
  #failure: { reason: unknown } | undefined;
  #settledOne: (() => void) | undefined;

  constructor(
    client: Client,
    topic: string,
    options: { qos: QoS | undefined; retain: boolean | undefined },
  ) {
    this.#client = client;
    this.#topic = topic;
    this.#options = options;
  }

  /** Accepts no further message. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Resolves when all have their QoS; rejects with the first failure. */
  async publishAll(payloads: Payloads): Promise<void> {
    for await (const payload of payloads) {
      if (this.#isStopped || this.#failure !== undefined) break;
      this.#publish(payload);
      while (this.#pending >= MAX_PENDING) await this.#oneSettled();
    }
    await this.settled();
  }

  /** Resolves when nothing is under way; rejects with the first failure. */
  async settled(): Promise<void> {
    while (this.#pending > 0) await this.#oneSettled();
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  #publish(payload: Uint8Array): void {
    this.#pending++;
    this.#client.publish(this.#topic, payload, this.#options)
      .catch((reason: unknown) => void (this.#failure ??= { reason }))
      .finally(() => {
        this.#pending--;
        this.#settledOne?.();
      });
  }

  #oneSettled(): Promise<void> {
    return new Promise((resolve) => this.#settledOne = resolve);
  }
}
