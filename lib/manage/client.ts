/**
 * Asks a running broker. Invariant: a broker that is not there, does not answer or answers nonsense is a UserError of
 * one line.
 */
import type { ManagementConfig } from "../config/types.ts";
import { readEndpointFile } from "./endpoint_file.ts";
import { LineReader } from "./lines.ts";
import {
  type Answer,
  encodeLine,
  MAX_ANSWER,
  parseAnswer,
  PROTOCOL_VERSION,
  RequestError,
} from "./protocol.ts";
import { messageOf, UserError } from "../user_error.ts";
import { VERSION } from "../version.ts";
import { writeAll } from "../io.ts";

/** Where a broker can be asked. */
export type ManagementAddress =
  | { readonly kind: "unix"; readonly path: string }
  | {
    readonly kind: "tcp";
    readonly hostname: string;
    readonly port: number;
    readonly token: string;
  };

/** How long a broker may take to say its next line, in milliseconds. */
const ANSWER_MS = 30_000;
/** Long enough for a broker of this machine to say that it lives, also where it is busy. */
const ALIVE_MS = 10_000;

/**
 * Where the broker of this configuration can be asked.
 * @throws UserError when management is off, or no broker has left its address
 */
export async function addressIn(config: ManagementConfig | undefined): Promise<ManagementAddress> {
  if (config === undefined) throw new UserError("management is off in this configuration");
  if (config.kind === "unix") return config;
  const { hostname, port, token, endpointFile } = config;
  if (token !== undefined) return { kind: "tcp", hostname, port, token };
  try {
    return { kind: "tcp", ...await readEndpointFile(endpointFile!) };
  } catch (cause) {
    const why = cause instanceof Deno.errors.NotFound ? "it is not there" : messageOf(cause);
    throw new UserError(`no broker runs with this configuration: ${endpointFile}: ${why}`, {
      cause,
    });
  }
}

/** Does a broker answer there, with this token? */
export async function isAnswering(address: ManagementAddress): Promise<boolean> {
  try {
    await ask(address, "ping", {}, () => {}, ALIVE_MS);
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/**
 * Asks for one command.
 * @param onPart called with each part of a listing, before the result
 * @param answerMs how long the broker may take to say its next line
 * @throws UserError with the broker's own words where it refuses
 */
export function ask(
  address: ManagementAddress,
  command: string,
  args: unknown,
  onPart: (part: unknown) => void = () => {},
  answerMs: number = ANSWER_MS,
): Promise<unknown> {
  return converse(address, { command, args, answerMs }, (answer) => {
    if ("part" in answer) onPart(answer.part);
  });
}

/** What one who follows events is told. */
export interface Follower {
  /** What happens from now on is told. */
  began?(): void;
  event(event: unknown): void;
  /** That many were not sent, for this side was too slow. */
  missed(count: number): void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Follows the events of a command; resolves when there are no more, or the follower has enough.
 * @throws UserError with the broker's own words where it refuses, and when the connection is lost
 */
export async function follow(
  address: ManagementAddress,
  command: string,
  args: unknown,
  follower: Follower,
): Promise<void> {
  const { signal } = follower;
  let hasBegun = false;
  await converse(address, { command, args, answerMs: ANSWER_MS, signal }, (answer) => {
    if ("event" in answer) follower.event(answer.event);
    else if ("missed" in answer) follower.missed(answer.missed);
    else if ("alive" in answer && !hasBegun) {
      hasBegun = true;
      follower.began?.();
    }
  });
}

/** One request, and what is said to it. */
interface Talk {
  readonly command: string;
  readonly args: unknown;
  readonly answerMs: number;
  /** Ends it as if the broker had said its last word. */
  readonly signal?: AbortSignal;
}

/** @param onLine called with every line before the last */
async function converse(
  address: ManagementAddress,
  { command, args, answerMs, signal }: Talk,
  onLine: (answer: Exclude<Answer, { ok: boolean }>) => void,
): Promise<unknown> {
  const connection = await connect(address);
  const close = () => closeQuietly(connection);
  let timer = setTimeout(close, answerMs);
  signal?.addEventListener("abort", close, { once: true });
  if (signal?.aborted) close();
  try {
    const token = address.kind === "tcp" ? address.token : undefined;
    await writeAll(connection, encodeLine({ v: PROTOCOL_VERSION, id: 1, command, args, token }));
    const lines = new LineReader(connection, MAX_ANSWER);
    while (true) {
      const answer = await nextAnswer(lines);
      clearTimeout(timer);
      if ("ok" in answer) return resultOf(answer);
      onLine(answer);
      timer = setTimeout(close, answerMs);
    }
  } catch (cause) {
    if (signal?.aborted) return undefined;
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${nameOf(address)}: ${whyNotAnswered(cause, answerMs)}`, { cause });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", close);
    close();
  }
}

function whyNotAnswered(cause: unknown, answerMs: number): string {
  const isLate = cause instanceof Deno.errors.BadResource ||
    cause instanceof Deno.errors.Interrupted;
  return isLate ? `no answer within ${answerMs / 1000} s` : messageOf(cause);
}

async function nextAnswer(lines: LineReader): Promise<Answer> {
  const line = await lines.next();
  if (line === undefined) throw new RequestError("the broker closed the connection");
  return parseAnswer(line);
}

function resultOf(answer: Extract<Answer, { ok: boolean }>): unknown {
  if (answer.ok) return answer.result;
  throw new UserError(otherVersion(answer.error) ?? answer.error);
}

/** What a broker of another protocol says to a request, in words for people; undefined: no such. */
function otherVersion(error: string): string | undefined {
  const [, spoken] = /^v is \d+; expected (\d+)$/.exec(error) ?? [];
  if (spoken === undefined) return undefined;
  return `the broker speaks version ${spoken} of the management protocol, and this midge (${VERSION}) version ` +
    `${PROTOCOL_VERSION}: use the midge that the broker was started with`;
}

async function connect(address: ManagementAddress): Promise<Deno.Conn> {
  try {
    return address.kind === "unix"
      ? await Deno.connect({ transport: "unix", path: address.path })
      : await Deno.connect({ hostname: address.hostname, port: address.port });
  } catch (cause) {
    throw new UserError(`${nameOf(address)}: ${whyNotConnected(cause)}`, { cause });
  }
}

function whyNotConnected(cause: unknown): string {
  if (cause instanceof Deno.errors.NotFound) return "no broker runs here: no such file";
  if (cause instanceof Deno.errors.ConnectionRefused) return "no broker runs here";
  if (cause instanceof Deno.errors.PermissionDenied) {
    return "permission denied: only the user of the broker may manage it";
  }
  return messageOf(cause);
}

function nameOf(address: ManagementAddress): string {
  return address.kind === "unix" ? address.path : `${address.hostname}:${address.port}`;
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // closed before, because the answer took too long or was not wanted any more
  }
}
