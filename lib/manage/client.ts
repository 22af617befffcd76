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
/** Long enough for a broker of this machine to say that it lives. */
const ALIVE_MS = 2000;

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
export async function ask(
  address: ManagementAddress,
  command: string,
  args: unknown,
  onPart: (part: unknown) => void = () => {},
  answerMs: number = ANSWER_MS,
): Promise<unknown> {
  const connection = await connect(address);
  const closeLate = () => connection.close();
  let timer = setTimeout(closeLate, answerMs);
  try {
    const token = address.kind === "tcp" ? address.token : undefined;
    await writeAll(connection, encodeLine({ v: PROTOCOL_VERSION, id: 1, command, args, token }));
    const lines = new LineReader(connection, MAX_ANSWER);
    while (true) {
      const answer = await nextAnswer(lines);
      clearTimeout(timer);
      if ("ok" in answer) return resultOf(answer);
      onPart(answer.part);
      timer = setTimeout(closeLate, answerMs);
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const isLate = cause instanceof Deno.errors.BadResource ||
      cause instanceof Deno.errors.Interrupted;
    const why = isLate ? `no answer within ${answerMs / 1000} s` : messageOf(cause);
    throw new UserError(`${nameOf(address)}: ${why}`, { cause });
  } finally {
    clearTimeout(timer);
    closeQuietly(connection);
  }
}

async function nextAnswer(lines: LineReader): Promise<Answer> {
  const line = await lines.next();
  if (line === undefined) throw new RequestError("the broker closed the connection");
  return parseAnswer(line);
}

function resultOf(answer: Extract<Answer, { ok: boolean }>): unknown {
  if (answer.ok) return answer.result;
  throw new UserError(answer.error);
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
    // closed before, because the answer took too long
  }
}
