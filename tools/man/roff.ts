/**
 * Texts as roff, in the macros of man(7). Invariant: what is escaped is shown as it was, whatever stands in it; no line
 * of text is taken for a request.
 */

/** Text inside a line. */
export function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga").replaceAll("^", "\\(ha").replaceAll("~", "\\(ti");
}

/** A line of text of its own. */
export function textLine(text: string): string {
  return escaped(text).replace(/^\./, "\\&.");
}

/** Bold. */
export function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

/** Italic, for what stands for a value. */
export function italic(text: string): string {
  return `\\fI${escaped(text)}\\fR`;
}

/** A paragraph, filled by roff. */
export function paragraph(text: string): string {
  return `.PP\n${text.split("\n").map((line) => textLine(line.trim())).join("\n")}`;
}

/** Lines that keep their breaks and spaces. */
export function verbatim(lines: readonly string[]): string {
  return [".PP", ".nf", ...lines.map(textLine), ".fi"].join("\n");
}

/** A term with what it means. */
export function entry(term: string, text: string): string {
  const lines = text.split("\n").map(textLine).join("\n");
  return `.TP\n${term}\n${lines}`;
}

/** What makes a page one. */
export interface PageHead {
  readonly name: string;
  readonly section: number;
  /** `2026-11-28`. */
  readonly date: string;
  readonly version: string;
  readonly summary: string;
}

/** The head and the name. */
export function pageHead({ name, section, date, version, summary }: PageHead): string {
  const title = name.toUpperCase().replaceAll("-", "\\-");
  return `.TH "${title}" "${section}" "${date}" "midge ${version}" "Midge"
.SH NAME
${escaped(name)} \\- ${textLine(summary)}`;
}

/** The whole text of a page; a heading begins a paragraph by itself. */
export function pageOf(parts: readonly string[]): string {
  return `${parts.join("\n")}\n`.replaceAll(/^(\.SH .*\n)\.PP\n/gm, "$1");
}
