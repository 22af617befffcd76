/**
 * Finds mapping keys that YAML does not read as text: `0123:` (the number 83), `1e3:`, `on:`, a date.
 * The parser hands them out changed, so a user called 0123 would silently be somebody else. Called by
 * yaml.ts after the text has parsed; so this needs only to tell tokens apart, not to judge syntax.
 */

/** An odd key and where it stands, from 1. `key` is undefined for a list or mapping used as a key. */
export interface OddKey {
  line: number;
  column: number;
  key: string | undefined;
}

/** What may be no text: numbers, dates, `.inf`, `~`, and words. Everything else is not looked at. */
const CANDIDATE = /^(?:[-+.]?\d|[-+]?\.(?:inf|nan)$|~$|null$)/i;
/** Read as true or false by YAML 1.1 or 1.2. */
const SWITCH = /^(?:y|n|yes|no|on|off|true|false)$/i;

const TOKENS =
  /(?<space>\s+)|(?<comment>#.*)|(?<quoted>"(?:[^"\\]|\\[^])*"|'(?:[^']|'')*')|(?<open>[{[])|(?<close>[}\]])|(?<colon>:(?=\s|$))|(?<mark>,|[-?](?=\s|$))|(?<anchor>&[^\s,[\]{}]+)|(?<tag>![^\s,[\]{}]*)|(?<block>[|>][-+0-9]*[ \t]*(?:#.*)?(?:\r?\n|$))/
    .source;
const BLOCK_PLAIN = /(?<plain>(?:(?!:(?:\s|$)|\s#)[^\n])+)/.source;
const FLOW_PLAIN = /(?<plain>(?:(?!:(?:\s|$|[,{}[\]])|\s#)[^\n,{}[\]])+|:)/.source;

function isOdd(key: string, parse: (text: string) => unknown): boolean {
  if (SWITCH.test(key)) return true;
  return CANDIDATE.test(key) && typeof parse(key) !== "string";
}

/** Where the block scalar that starts at `start` ends: at the first line not indented beyond `indent`. */
function endOfBlock(text: string, start: number, indent: number): number {
  let position = start;
  while (position < text.length) {
    const end = text.indexOf("\n", position) + 1 || text.length;
    const line = text.slice(position, end);
    if (line.trim() !== "" && line.search(/\S/) <= indent) break;
    position = end;
  }
  return position;
}

/** Column of the node that owns a block scalar: past the dashes of a list when a key follows them. */
function indentAt(text: string, position: number): number {
  const line = text.slice(text.lastIndexOf("\n", position - 1) + 1, position);
  const [lead = ""] = /^\s*(?:[-?]\s+)*/.exec(line) ?? [];
  return lead.length < line.length ? lead.length : line.search(/\S/);
}

/** What the search tells apart. A plain scalar with a tag (`!!str 12`) is `other`: its writer chose a type. */
interface Token {
  kind: "plain" | "close" | "colon" | "other";
  text: string;
  at: number;
}

function kindOf(groups: Record<string, string | undefined>, tagged: boolean): Token["kind"] {
  if (groups.plain !== undefined) return tagged ? "other" : "plain";
  if (groups.close !== undefined) return "close";
  return groups.colon !== undefined ? "colon" : "other";
}

/** The tokens without space, comments, anchors and the text of block scalars. */
function* tokensOf(text: string): Generator<Token> {
  const block = new RegExp(`${TOKENS}|${BLOCK_PLAIN}`, "y");
  const flow = new RegExp(`${TOKENS}|${FLOW_PLAIN}`, "y");
  let depth = 0;
  let tagged = false;
  for (let position = 0; position < text.length;) {
    const lexer = depth > 0 ? flow : block;
    lexer.lastIndex = position;
    const groups = lexer.exec(text)?.groups ?? {};
    const at = position;
    position = Math.max(lexer.lastIndex, position + 1);
    if ((groups.space ?? groups.comment ?? groups.anchor) !== undefined) continue;
    if (groups.block !== undefined && depth === 0) {
      position = endOfBlock(text, position, indentAt(text, at));
    }
    depth += groups.open !== undefined ? 1 : groups.close !== undefined ? -1 : 0;
    yield { kind: kindOf(groups, tagged), text: groups.plain?.trim() ?? "", at };
    tagged = groups.tag !== undefined;
  }
}

/** All odd keys of a text that parsed. `parse` reads one scalar. */
export function findOddKeys(text: string, parse: (text: string) => unknown): OddKey[] {
  const found: OddKey[] = [];
  let before: Token | undefined;
  for (const token of tokensOf(text)) {
    if (token.kind === "colon" && before !== undefined) {
      const key = before.kind === "plain" ? before.text : undefined;
      const isWrong = key === undefined ? before.kind === "close" : isOdd(key, parse);
      if (isWrong) found.push({ ...placeOf(text, before.at), key });
    }
    before = token;
  }
  return found;
}

function placeOf(text: string, position: number): { line: number; column: number } {
  const before = text.slice(0, position).split("\n");
  return { line: before.length, column: before[before.length - 1]!.length + 1 };
}
