/**
 * The whole site in memory: pages, the search, style and script, and copies of the files that pages link to. Invariant:
 * it depends on the repository's files alone.
 */
import { fileOutput, relative } from "./links.ts";
import { framed, type NavGroup } from "./layout.ts";
import { escapeHtml, type Rendered, renderPage } from "./markdown.ts";
import { readSitePages, type SitePage } from "./pages.ts";
import { searchRows, searchScript } from "./search.ts";

/** What is written where. */
export type Site = ReadonlyMap<string, string | Uint8Array<ArrayBuffer>>;

const ASSETS = ["site.css", "site.js"];

/** Builds the site of a repository. */
export async function buildSite(root: URL, version: string): Promise<Site> {
  const pages = await readSitePages(root);
  const bySource = new Map(pages.map((page) => [page.source, page]));
  const isFolder = (path: string) => Deno.statSync(new URL(path, root)).isDirectory;
  const rendered = new Map(pages.map((page) => [page, renderPage(bySource, page, isFolder)]));
  const groups = navGroups(pages);
  const site = new Map<string, string | Uint8Array<ArrayBuffer>>();
  for (const [page, { html, headings }] of rendered) {
    site.set(page.output, framed({ ...page, html, headings }, groups, version));
  }
  const rows = [...rendered].flatMap(([page, { html, headings }]) =>
    searchRows(page, html, headings)
  );
  site.set("search.js", searchScript(rows));
  for (const name of ASSETS) {
    site.set(name, await Deno.readTextFile(new URL(`assets/${name}`, import.meta.url)));
  }
  await addFiles(site, root, [...rendered.values()], groups, version);
  return site;
}

function navGroups(pages: readonly SitePage[]): NavGroup[] {
  return [...Map.groupBy(pages, ({ group }) => group)]
    .map(([name, some]) => ({ name, pages: some }));
}

/** Copies what pages link to; a folder becomes a list of its files. */
async function addFiles(
  site: Map<string, string | Uint8Array<ArrayBuffer>>,
  root: URL,
  rendered: readonly Rendered[],
  groups: readonly NavGroup[],
  version: string,
): Promise<void> {
  for (const path of new Set(rendered.flatMap(({ files }) => files))) {
    const place = new URL(path, root);
    if (!(await Deno.stat(place)).isDirectory) {
      site.set(fileOutput(path, false), await Deno.readFile(place));
      continue;
    }
    const folder = path.replace(/\/$/, "");
    const names = [...Deno.readDirSync(place)].filter(({ isFile }) => isFile)
      .map(({ name }) => name).sort();
    const output = fileOutput(folder, true);
    const links = names.map((name) => {
      const href = relative(output, fileOutput(`${folder}/${name}`, false));
      return `<li><a href="${escapeHtml(href)}">${escapeHtml(name)}</a></li>`;
    });
    for (const name of names) {
      const file = `${folder}/${name}`;
      site.set(fileOutput(file, false), await Deno.readFile(new URL(file, root)));
    }
    const html = `<h1>${escapeHtml(folder)}</h1>\n<ul>\n${links.join("\n")}\n</ul>\n`;
    site.set(output, framed({ output, title: folder, html, headings: [] }, groups, version));
  }
}
