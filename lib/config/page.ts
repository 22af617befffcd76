/**
 * A table of keys as the YAML that people read: every key with its sentences, at work or commented out with its
 * default. Invariant: what comes out is YAML, and stays it when a comment sign is taken away.
 */
import { flowYaml } from "./flow_yaml.ts";
import type { Key, Keys } from "./table.ts";

/** What stands on a page, in order, blank lines between: paragraphs of comment, and groups of keys. */
export type Page = readonly (string | Keys)[];

/** Texts that YAML reads as such without quotes, and that are not read as something else. */
const PLAIN =
  /^(?!(?:no|off|on|yes|true|false|null|y|n)$)[a-z/][\w./:-]*\w$|^\d+\.\d+\.\d+\.\d+:\d+$|^\d+[a-z]+$/i;

/** The page as text; a line of comment is at most `width` columns wide, not counting how far it is indented. */
export function pageText(page: Page, width: number): string {
  const parts = page.map((part) =>
    typeof part === "string" ? commentLines(part, width) : keyLines(part, width)
  );
  return parts.map((lines) => lines.join("\n") + "\n").join("\n");
}

function keyLines(keys: Keys, width: number): string[] {
  return Object.entries(keys).filter(([, { shown }]) => shown !== "hidden")
    .flatMap(([name, row]) => rowLines(name, row, width));
}

function rowLines(name: string, row: Key<unknown, unknown>, width: number): string[] {
  const { doc = "", shown, keys = {} } = row;
  const sign = shown === "active" ? "" : "# ";
  const inner = keyLines(keys, width).map((line) => `  ${line}`);
  const body = [`${name}:${valueText(row)}`, ...inner].map((line) => sign + line);
  return [...commentLines(doc, width), ...body];
}

function valueText(
  { type, default: fallback, example = fallback, doc = "" }: Key<unknown, unknown>,
): string {
  if (example === undefined) return "";
  if (typeof example === "string" && PLAIN.test(example)) return ` ${example}`;
  const { unit } = type;
  const isSaid = unit === undefined || doc.includes(unit) || typeof example !== "number";
  return ` ${flowYaml(example)}${isSaid || example === 0 ? "" : ` # ${unit}`}`;
}

function commentLines(text: string, width: number): string[] {
  if (text === "") return [];
  return text.split("\n").flatMap((line) => wrapped(line, width - 2))
    .map((line) => `# ${line}`.trimEnd());
}

/** A line that is short enough stays as it is, its spaces too. */
function wrapped(line: string, width: number): string[] {
  if (line.length <= width) return [line];
  const lines: string[] = [];
  for (const word of line.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
