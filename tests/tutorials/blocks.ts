/**
 * The code blocks of a page, in order, as a reader meets them. Invariants: a block whose opening line has a second word is a file of that
 * name; `sh` and `console` are typed into a terminal; any other block is neither.
 */

/** One code block of a page. */
export interface Block {
  /** The first word behind the fence: sh, console, yaml, ... */
  readonly language: string;
  /** The second word: the file that the reader writes. */
  readonly file?: string;
  readonly text: string;
  /** Where its fence is in the page; 1 is the first line. */
  readonly line: number;
}

/** A command of a block, and what the page shows beneath it. */
export interface Command {
  /** What is typed; of an `sh` block all of it. */
  readonly text: string;
  /** Undefined: the page shows nothing, and anything may come. */
  readonly shown?: readonly string[];
}

/** All blocks of a page; those that are indented in a list are blocks too. */
export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^( *)```(\w+)(?: (\S+))?\n(.*?)^\1```$/gms)].map((match) => {
    const [, indent = "", language = "", file, content = ""] = match;
    const text = content.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    const line = page.slice(0, match.index).split("\n").length;
    return { language, text, line, ...(file !== undefined && { file }) };
  });
}

/** What is typed, command by command; empty for a block that is no terminal's. */
export function commandsOf({ language, text }: Block): Command[] {
  if (language === "sh") return [{ text: text.trim() }];
  if (language !== "console") return [];
  // A command goes on in the next line where it ends with a backslash.
  return text.trimEnd().split(/^\$ /m).slice(1).map((part) => {
    const [typed = ""] = /^(?:.*\\\n)*.*$/m.exec(part) ?? [];
    const rest = part.slice(typed.length).replace(/^\n/, "").trimEnd();
    return { text: typed, shown: rest === "" ? [] : rest.split("\n") };
  });
}

/** The first line of a block: how the table of exceptions names it. */
export function nameOf({ text, file }: Block): string {
  return file ?? text.trim().split("\n")[0]!;
}
