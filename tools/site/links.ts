/**
 * Links between pages: where they go on the site, and which go nowhere. Pure. Invariant: a link that leads out of the
 * repository's own files is left as it is.
 */
import type { SitePage } from "./pages.ts";

/** Where a link of a page goes. */
export type Target =
  | { readonly kind: "outside"; readonly href: string }
  /** A page, or the page itself. */
  | { readonly kind: "page"; readonly page: SitePage; readonly anchor: string }
  /** A file of the repository that is no page, or a folder. */
  | { readonly kind: "file"; readonly path: string };

/** Follows a link from a page. */
export function targetOf(
  pages: ReadonlyMap<string, SitePage>,
  from: SitePage,
  href: string,
): Target {
  if (/^[a-z][a-z+.-]*:|^\/\//i.test(href)) return { kind: "outside", href };
  const url = new URL(href, `file:///${from.source}`);
  const path = decodeURIComponent(url.pathname).slice(1);
  const page = pages.get(path);
  if (page === undefined) return { kind: "file", path };
  return { kind: "page", page, anchor: decodeURIComponent(url.hash.slice(1)) };
}

/** The link from one output to another. */
export function relative(from: string, to: string): string {
  const up = from.split("/").slice(0, -1);
  const down = to.split("/");
  while (up.length > 0 && up[0] === down[0] && down.length > 1) {
    up.shift();
    down.shift();
  }
  return [...up.map(() => ".."), ...down].join("/");
}

/** What browsers show; all else is called text, which they would offer to save. */
const SHOWN = /\.(?:png|svg|jpg|json|txt)$/;

/** Where a file of the repository stands on the site; a folder is a page that lists it. */
export function fileOutput(path: string, isFolder: boolean): string {
  const name = path.replace(/\/$/, "");
  if (isFolder) return `files/${name}/index.html`;
  return SHOWN.test(name) ? `files/${name}` : `files/${name}.txt`;
}
