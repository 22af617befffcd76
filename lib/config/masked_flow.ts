/**
 * Flow mappings of YAML in one line, `{password: x, port: 1}`, with their secrets masked. Pure. Invariant: what it does
 * not understand it leaves: the text is to be read once more before it is shown.
 */
import type { IsSecretName } from "./secret_names.ts";

/** A key behind `{` or `,`. */
const KEY = /(?<=[{,]\s*)(["']?)([\w.@/-]+)\1\s*:\s+/g;
const CLOSING: Readonly<Record<string, string>> = { "{": "}", "[": "]" };

/** @param mask stands in place of the values of secret keys */
export function maskedFlow(line: string, isSecret: IsSecretName, mask: string): string {
  let shown = "";
  let from = 0;
  for (const found of line.matchAll(KEY)) {
    const at = found.index + found[0].length;
    if (found.index < from || !isSecret(found[2]!)) continue;
    const end = endOfFlow(line, at);
    shown += line.slice(from, at) + mask;
    from = end;
  }
  return shown + line.slice(from);
}

/** Where the value that begins at `at` ends: before a comma or a bracket that is not its own. */
function endOfFlow(line: string, at: number): number {
  const open: string[] = [];
  let quote = "";
  for (let end = at; end < line.length; end++) {
    const character = line[end]!;
    if (quote !== "") {
      if (character === "\\" && quote === '"') end++;
      else if (character === quote) quote = "";
    } else if (character === '"' || character === "'") quote = character;
    else if (CLOSING[character] !== undefined) open.push(CLOSING[character]);
    else if (open.length === 0 && /[,}\]]/.test(character)) return end;
    else if (character === open.at(-1)) open.pop();
  }
  return line.length;
}
