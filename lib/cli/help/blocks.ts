/**
 * Markdown in its blocks, as this repository writes it. Pure. Invariant: every line of the text is in one block, or was
 * an empty line or a comment.
 */

/** A block. */
export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly text: string }
  | { readonly kind: "code"; readonly lines: readonly string[] }
  | { readonly kind: "table"; readonly rows: readonly (readonly string[])[] }
  /** `indent` columns before the sign, and its text. */
  | { readonly kind: "item"; readonly indent: number; readonly sign: string; readonly text: string }
  | { readonly kind: "paragraph"; readonly indent: number; readonly text: string };

const FENCE = /^(\s*)(`{3,}|~{3,})/;
const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;

/** The blocks of a page. */
export function blocksOf(markdown: string): Block[] {
  const reader = new BlockReader(markdown.replaceAll(/<!--[^]*?-->/g, "").split("\n"));
  return [...reader.blocks()];
}

class BlockReader {
  readonly #lines: readonly string[];
  #at = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  *blocks(): Generator<Block> {
    while (this.#at < this.#lines.length) {
      const block = this.#next(this.#lines[this.#at]!);
      if (block !== undefined) yield block;
    }
  }

  #next(line: string): Block | undefined {
    if (line.trim() === "") return void this.#at++;
    const [, signs, title] = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line) ?? [];
    if (signs !== undefined) {
      this.#at++;
      return { kind: "heading", level: signs.length, text: title! };
    }
    const fence = FENCE.exec(line);
    if (fence !== null) return this.#code(fence[1]!.length, fence[2]!);
    if (line.trimStart().startsWith("|")) return this.#table();
    if (/^ {4}/.test(line) && this.#isIndentedCode()) return this.#indentedCode();
    const [, indent = "", sign, text = ""] = ITEM.exec(line) ?? [];
    if (sign === undefined) return this.#paragraph(line);
    this.#at++;
    return { kind: "item", indent: indent.length, sign, text: this.#rest(text) };
  }

  /** Four spaces are code only where no list is under way. */
  #isIndentedCode(): boolean {
    const before = this.#lines.slice(0, this.#at).findLast((line) => /^\S/.test(line)) ?? "";
    return !ITEM.test(before);
  }

  #indentedCode(): Block {
    const lines: string[] = [];
    while (/^ {4}|^$/.test(this.#lines[this.#at] ?? "x")) {
      lines.push(this.#lines[this.#at++]!.slice(4));
    }
    return { kind: "code", lines: lines.slice(0, lines.findLastIndex((line) => line !== "") + 1) };
  }

  #code(indent: number, fence: string): Block {
    const lines: string[] = [];
    for (this.#at++; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at]!;
      if (line.trim() === fence) {
        this.#at++;
        break;
      }
      lines.push(line.slice(Math.min(indent, line.search(/\S|$/))));
    }
    return { kind: "code", lines };
  }

  #table(): Block {
    const rows: string[][] = [];
    while (this.#lines[this.#at]?.trimStart().startsWith("|")) {
      const cells = this.#lines[this.#at++]!.trim().replaceAll(/^\||\|$/g, "")
        .split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
      if (!cells.every((cell) => /^:?-+:?$/.test(cell))) rows.push(cells);
    }
    return { kind: "table", rows };
  }

  #paragraph(line: string): Block {
    this.#at++;
    return { kind: "paragraph", indent: line.search(/\S/), text: this.#rest(line.trim()) };
  }

  /** What goes on in the next lines. */
  #rest(first: string): string {
    const parts = [first];
    while (!this.#isEnd(this.#lines[this.#at])) parts.push(this.#lines[this.#at++]!.trim());
    return parts.join(" ");
  }

  #isEnd(line: string | undefined): boolean {
    return line === undefined || line.trim() === "" || FENCE.test(line) || ITEM.test(line) ||
      /^#{1,6}\s/.test(line) || line.trimStart().startsWith("|");
  }
}
