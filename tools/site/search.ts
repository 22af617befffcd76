/**
 * What the site's search looks through: a row for each part of each page. Invariant: it is a script, not a file to fetch,
 * for a page that was opened from a disk may fetch nothing.
 */
import { textOf } from "./markdown.ts";
import type { Heading } from "./markdown.ts";
import type { SitePage } from "./pages.ts";

/** Address, title of the page, heading, text. */
export type SearchRow = readonly [href: string, page: string, heading: string, text: string];

/** Tables for implementers: their headings are enough. */
const HEADINGS_ONLY = /conformance|changelog/;

/** The rows of one page, from its HTML. */
export function searchRows(
  page: SitePage,
  html: string,
  headings: readonly Heading[],
): SearchRow[] {
  const parts = html.split(/(?=<h[1-6] id=")/);
  return parts.flatMap((part) => {
    const [, anchor] = /^<h[1-6] id="([^"]+)"/.exec(part) ?? [];
    const heading = headings.find((one) => one.anchor === anchor);
    if (heading === undefined) return [];
    const body = part.replace(/^<h[^]*?<\/h[1-6]>/, "");
    const text = HEADINGS_ONLY.test(page.output) ? "" : words(body);
    const href = heading.level === 1 ? page.output : `${page.output}#${anchor}`;
    return [[href, page.title, heading.text, text]];
  });
}

function words(html: string): string {
  return textOf(html.replaceAll(/<(?=\/?(td|th|tr|li|p|pre|div))/g, " <")).replaceAll(/\s+/g, " ")
    .trim();
}

/** The script with all rows. */
export function searchScript(rows: readonly SearchRow[]): string {
  return `globalThis.midgeSearch = ${JSON.stringify(rows)};\n`;
}
