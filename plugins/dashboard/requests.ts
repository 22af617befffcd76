/**
 * A request as the dashboard's parts are given it, and its JSON body. Invariant: a body is read once, as JSON that was
 * called so.
 */
import type { Caller, HttpExchange, PluginContext } from "../../plugin.ts";
import { HttpProblem } from "./answers.ts";

/** What the dashboard needs of its broker. */
export type Host = Pick<
  PluginContext,
  | "authenticate"
  | "clock"
  | "hasOtherAuthenticator"
  | "logger"
  | "manage"
  | "tokens"
  | "version"
>;

/** A request that may be answered. */
export interface Asked {
  readonly exchange: HttpExchange;
  readonly request: Request;
  /** As it was sent. */
  readonly url: URL;
  /** Below `base_path`: `/`, `/api/v1/clients`, ... */
  readonly path: string;
}

/** Has the broker do a command. @throws UserError for people */
export async function manage(
  host: Host,
  command: string,
  args: unknown,
  caller: Caller,
): Promise<unknown> {
  if (host.manage === undefined) throw new Error("the host has no commands");
  return await host.manage(command, args, caller);
}

/**
 * The body, an object.
 * @throws HttpProblem 400 and 415
 */
export async function jsonBody(request: Request): Promise<Record<string, unknown>> {
  const type = request.headers.get("content-type");
  if (type === null && request.body === null) return {};
  if (!/^application\/json\s*(?:;|$)/i.test(type ?? "")) {
    throw new HttpProblem(415, "wrong_type", "expected a body of application/json");
  }
  const text = await textOf(request);
  if (text === "") return {};
  const value = parsed(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new HttpProblem(400, "bad_request", "expected a JSON object");
}

async function textOf(request: Request): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await request.arrayBuffer());
  } catch {
    throw new HttpProblem(400, "bad_request", "expected a body in UTF-8");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpProblem(400, "bad_request", "the body is no JSON");
  }
}
