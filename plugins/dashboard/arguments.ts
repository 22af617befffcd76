/**
 * From a request to the arguments of a command. Invariant: texts of the path and the query become numbers and booleans
 * where the command's schema has such and the text is one; whether they are right the schema says.
 */
import { type CommandName, COMMANDS } from "../../manage.ts";
import { HttpProblem } from "./answers.ts";
import { jsonBody } from "./requests.ts";

/** What of valibot's schemas is looked at. */
interface Node {
  readonly type: string;
  readonly wrapped?: Node;
  readonly pipe?: readonly Node[];
  readonly entries?: Readonly<Record<string, Node>>;
  readonly options?: readonly unknown[];
}

/** A listing's part: from which row on, and how many. */
export interface Part {
  readonly offset: number;
  readonly limit: number;
}

const PART = { offset: 0, limit: 100 };
const MAX_LIMIT = 1000;

/**
 * The arguments of a command.
 * @param path those of the path
 * @param query without those of a listing's part
 * @throws HttpProblem 400, 415
 */
export async function argumentsOf(
  name: CommandName,
  request: Request,
  path: Readonly<Record<string, string>>,
  query: URLSearchParams,
): Promise<Record<string, unknown>> {
  const { route = "GET /", args } = COMMANDS[name];
  const entries = entriesOf(args);
  const texts = Object.fromEntries(
    Object.entries(path).map(([key, text]) => [key, valueOf(text, entries[key])]),
  );
  if (hasBody(route)) {
    if (query.size > 0) throw bad("expected the arguments in the body, not in the query");
    return merged(texts, await jsonBody(request));
  }
  const asked: Record<string, unknown> = {};
  for (const [key, text] of query) {
    if (Object.hasOwn(asked, key)) throw bad(`${shown(key)} is given twice`);
    Object.defineProperty(asked, key, {
      value: valueOf(text, entries[key]),
      enumerable: true,
    });
  }
  return merged(texts, asked);
}

/**
 * `offset` and `limit` of a listing, which are taken out of the query.
 * @throws HttpProblem 400
 */
export function takePart(query: URLSearchParams): Part {
  const part = { ...PART };
  for (const name of ["offset", "limit"] as const) {
    const texts = query.getAll(name);
    query.delete(name);
    if (texts.length === 0) continue;
    const value = texts.length === 1 && /^\d{1,9}$/.test(texts[0]!) ? Number(texts[0]) : NaN;
    const isRight = name === "offset" ? value >= 0 : value >= 1 && value <= MAX_LIMIT;
    if (!isRight) throw bad(`${name}: expected a number from ${RANGES[name]}`);
    part[name] = value;
  }
  return part;
}

const RANGES = { offset: "0 to 999999999", limit: `1 to ${MAX_LIMIT}` };

/** Do the arguments that are not in the path come in a body? */
export function hasBody(route: string): boolean {
  return route.startsWith("POST ") || route.startsWith("PUT ");
}

/** The arguments that a command takes, by name. */
export function entriesOf(schema: unknown): Readonly<Record<string, Node>> {
  return (schema as Node).entries ?? {};
}

function valueOf(text: string, node: Node | undefined): unknown {
  const { type, options } = node === undefined ? { type: "string" } : plainNode(node);
  const wantsNumber = type === "number" || options?.some((one) => typeof one === "number");
  if (wantsNumber && /^-?\d{1,16}(?:\.\d{1,16})?$/.test(text)) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}

/** Without what makes it optional, and without further checks. */
function plainNode(node: Node): Node {
  if (node.wrapped !== undefined) return plainNode(node.wrapped);
  const [first] = node.pipe ?? [];
  return first === undefined || first === node ? node : plainNode(first);
}

function merged(
  path: Record<string, unknown>,
  others: Record<string, unknown>,
): Record<string, unknown> {
  for (const key of Object.keys(path)) {
    if (Object.hasOwn(others, key)) throw bad(`${shown(key)} stands in the path`);
  }
  return { ...others, ...path };
}

function bad(message: string): HttpProblem {
  return new HttpProblem(400, "bad_request", message);
}

function shown(key: string): string {
  return JSON.stringify(key.slice(0, 60));
}
