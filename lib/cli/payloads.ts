/**
 * The messages of `midge pub`: from the command line, a file or stdin. Invariant: exactly one source is given; a file
 * that cannot be read is told before anything is read.
 */
import { whyUnreadable } from "../text_file.ts";
import { UserError } from "../user_error.ts";
import type { GivenOptions } from "./given_options.ts";
import { linesOf, wholeOf } from "./input_lines.ts";
import type { OptionTable } from "./option_table.ts";
import type { Payloads } from "./publisher.ts";
import { UsageError } from "./usage_error.ts";

/** Where one message comes from. */
export const REQUEST_OPTIONS = {
  message: { names: ["message", "m"], value: "TEXT", help: "one message" },
  file: { names: ["f"], value: "FILE", help: "one message: the file's bytes" },
  stdin: { names: ["stdin", "s"], help: "one message: all of stdin" },
  "no-message": { names: ["no-message", "null-message", "n"], help: "one message without payload" },
} as const satisfies OptionTable;

/** Where messages come from, and how often. */
export const PAYLOAD_OPTIONS = {
  message: REQUEST_OPTIONS.message,
  file: REQUEST_OPTIONS.file,
  "file-lines": {
    names: ["file"],
    value: "FILE",
    help: "each line of the file is a message (as aMQTT)",
  },
  stdin: REQUEST_OPTIONS.stdin,
  lines: { names: ["lines", "stdin-line", "l"], help: "each line of stdin is a message" },
  "no-message": REQUEST_OPTIONS["no-message"],
  repeat: {
    names: ["repeat"],
    value: "TIMES",
    default: "1",
    help: "publish one message that many times",
  },
  "repeat-delay": {
    names: ["repeat-delay"],
    value: "SECONDS",
    default: "0",
    help: "pause in between",
  },
} as const satisfies OptionTable;

type Given = GivenOptions<typeof PAYLOAD_OPTIONS>;
type GivenRequest = GivenOptions<typeof REQUEST_OPTIONS>;

const ONE_MESSAGE = ["message", "file", "stdin", "no-message"] as const;
/** One of the ways to give one message. */
export type RequestSource = typeof ONE_MESSAGE[number];

/** One of the ways to give messages. */
export type Source = typeof SOURCES[number];

const SOURCES = ["message", "file", "file-lines", "stdin", "lines", "no-message"] as const;

/** @throws {UsageError} where none or more than one is given */
export function requestSourceOf(given: GivenRequest): RequestSource {
  const [source, another] = ONE_MESSAGE.filter((one) => given.has(one));
  if (source === undefined) throw new UsageError("one of -m, -f, -s, -n is missing");
  if (another !== undefined) throw new UsageError("-m, -f, -s, -n exclude one another");
  return source;
}

/** @throws {UsageError} where none or more than one is given */
export function sourceOf(given: Given): Source {
  const [source, another] = SOURCES.filter((one) => given.has(one));
  if (source === undefined) throw new UsageError("one of -m, -f, --file, -s, -l, -n is missing");
  if (another !== undefined) throw new UsageError("-m, -f, --file, -s, -l, -n exclude one another");
  if (given.has("repeat") && (source === "lines" || source === "file-lines")) {
    throw new UsageError("--repeat is for one message, not for lines");
  }
  return source;
}

/** @throws {UserError} where a file cannot be read */
export async function payloadsOf(source: Source, given: Given): Promise<Payloads> {
  switch (source) {
    case "file-lines":
      return linesOf(await openFile(given.last("file-lines")!));
    case "lines":
      return linesOf(Deno.stdin.readable);
    default:
      return [await payloadOf(source, given)];
  }
}

/** One message. @throws {UserError} where a file cannot be read */
export async function payloadOf(source: RequestSource, given: GivenRequest): Promise<Uint8Array> {
  switch (source) {
    case "message":
      return new TextEncoder().encode(given.last("message")!);
    case "no-message":
      return new Uint8Array(0);
    case "file":
      return await wholeOf(await openFile(given.last("file")!), given.last("file")!);
    case "stdin":
      return await wholeOf(Deno.stdin.readable, "stdin");
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

/** Each payload as often as --repeat says, until the signal. */
export async function* repeated(
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
