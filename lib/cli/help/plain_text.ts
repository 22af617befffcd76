/**
 * Markdown as plain text of a width. Pure. Invariant: no line of prose is wider than that; code keeps its lines as they
 * are.
 */
import { type Block, blocksOf } from "./blocks.ts";
import { inlineText, type PageName } from "./inline_text.ts";

const CODE_INDENT = "    ";
const GAP = "  ";

/** The text of a page, or of a part of one. */
export function plainText(markdown: string, width: number, nameOf: PageName): string {
  const blocks = blocksOf(markdown);
  const parts = blocks.map((block, at) => {
    const text = blockText(block, width, nameOf);
    const isTight = block.kind === "item" && blocks[at + 1]?.kind === "item";
    return isTight ? text : `${text}\n`;
  });
  return parts.join("\n").trimEnd();
}

function blockText(block: Block, width: number, nameOf: PageName): string {
  switch (block.kind) {
    case "heading":
      return headingText(block.level, inlineText(block.text, nameOf));
    case "code":
      return block.lines.map((line) => (CODE_INDENT + line).trimEnd()).join("\n");
    case "table":
      return tableText(block.rows.map((row) => row.map((cell) => inlineText(cell, nameOf))), width);
    case "item": {
      const head = `${" ".repeat(block.indent)}${block.sign} `;
      return wrapped(inlineText(block.text, nameOf), width, head, " ".repeat(head.length));
    }
    case "paragraph": {
      const indent = " ".repeat(block.indent);
      return wrapped(inlineText(block.text, nameOf), width, indent, indent);
    }
  }
}

function headingText(level: number, text: string): string {
  if (level > 2) return text;
  return `${text}\n${(level === 1 ? "=" : "-").repeat(text.length)}`;
}

/** Words in lines; a word that is longer has a line of its own. */
function wrapped(text: string, width: number, first: string, others: string): string {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(/\s+/)) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = others;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join("\n");
}

/** Columns where they fit, the last one wrapped; else a row is its first cell and the others below it. */
function tableText(rows: readonly (readonly string[])[], width: number): string {
  const [heading = [], ...body] = rows;
  const widths = heading.map((_, at) => Math.max(...rows.map((row) => (row[at] ?? "").length)));
  const before = widths.slice(0, -1).reduce((sum, one) => sum + one + GAP.length, 0);
  if (before > width * 0.6) return body.map((row) => rowText(heading, row, width)).join("\n");
  const indent = " ".repeat(before);
  const line = (row: readonly string[]) => {
    const head = row.slice(0, -1).map((cell, at) => cell.padEnd(widths[at]!) + GAP).join("");
    return wrapped(row.at(-1) ?? "", width, head, indent).trimEnd();
  };
  const named = heading.some((cell) => cell !== "");
  return [...named ? [line(heading), ""] : [], ...body.map(line)].join("\n");
}

function rowText(heading: readonly string[], row: readonly string[], width: number): string {
  const [first = "", ...others] = row;
  const lines = others.map((cell, at) => {
    const name = heading[at + 1] ?? "";
    return cell === ""
      ? ""
      : wrapped(name === "" ? cell : `${name}: ${cell}`, width, CODE_INDENT, CODE_INDENT);
  });
  return [wrapped(first, width, "", GAP), ...lines.filter((line) => line !== "")].join("\n");
}
