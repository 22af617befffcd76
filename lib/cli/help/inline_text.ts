/**
 * Words of Markdown as words for a terminal: without signs, links as what to type or to open. Pure. Invariant: what
 * stands between backticks is left as it is.
 */

/** What a link says behind its text: of a page of the documentation by name, of others the address. */
export type PageName = (path: string) => string | undefined;

/** The text of one paragraph, heading or cell. */
export function inlineText(markdown: string, nameOf: PageName): string {
  const codes: string[] = [];
  const marked = markdown.replaceAll(CODE, (code) => {
    codes.push(code.replaceAll(/^`+ ?| ?`+$/g, ""));
    return `${MARK}${codes.length - 1}${MARK}`;
  });
  const linked = marked.replaceAll(
    LINK,
    (_, bang: string, text: string, target: string) =>
      bang === "" ? linkText(text, target, nameOf) : `[picture: ${text}]`,
  );
  return plainWords(linked).replaceAll(MARKED, (_, at: string) => codes[Number(at)] ?? "");
}

/** Stands around the number of a piece of code while the rest is changed. */
const MARK = "\u0000";
const MARKED = new RegExp(`${MARK}(\\d+)${MARK}`, "g");
const CODE = /(`+)(?:[^`]|(?!\1)`)*\1/g;
const LINK = /(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)(?: "[^"]*")?\)/g;

function linkText(text: string, target: string, nameOf: PageName): string {
  if (target.startsWith("#")) return text;
  if (/^[a-z]+:/.test(target)) return text === target ? text : `${text} (${target})`;
  const name = nameOf(target.split("#")[0]!);
  return name === undefined ? text : `${text} (midge help ${name})`;
}

function plainWords(text: string): string {
  return text.replaceAll(/\*\*([^*]+)\*\*/g, "$1")
    .replaceAll(/(?<![\w*])[*_]([^*_\s](?:[^*_]*[^*_\s])?)[*_](?![\w*])/g, "$1")
    .replaceAll(/<(https?:[^>\s]+)>/g, "$1")
    .replaceAll(/<\/?[a-z][^>]*>/g, "")
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")
    .replaceAll(/\\([!-/:-@[-`{-~])/g, "$1");
}
