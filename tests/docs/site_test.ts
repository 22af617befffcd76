/** The documentation as a site: every link of every page leads somewhere, in the repository and on the site. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { buildSite } from "../../tools/site/build.ts";
import { relative, targetOf } from "../../tools/site/links.ts";
import { renderPage, textOf } from "../../tools/site/markdown.ts";
import { outputOf, readSitePages, type SitePage } from "../../tools/site/pages.ts";
import { Slugs } from "../../tools/site/slugs.ts";

const ROOT = new URL("../../", import.meta.url);
const PAGES = await readSitePages(ROOT);
const BY_SOURCE = new Map(PAGES.map((page) => [page.source, page]));
const SITE = await buildSite(ROOT, "0.1.0");
const HTML = [...SITE].filter(([output]) => output.endsWith(".html"))
  .map(([output, content]) => [output, String(content)] as const);

function pageOf(markdown: string, source = "docs/A.md"): SitePage {
  return { source, output: outputOf(source), group: "Guides", title: "A", markdown };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(new URL(path, ROOT));
    return true;
  } catch {
    return false;
  }
}

/** Links of a page's Markdown that lead to no file or no heading. */
function deadLinks(pages: ReadonlyMap<string, SitePage>, page: SitePage): string[] {
  const anchors = (of: SitePage) => renderPage(pages, of).headings.map(({ anchor }) => anchor);
  const text = page.markdown.replaceAll(/^(```|~~~)[^]*?^\1/gm, "").replaceAll(/`[^`]*`/g, "");
  const links = [...text.matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)].map(([, href = ""]) => href);
  return links.filter((href) => {
    const target = targetOf(pages, page, href);
    if (target.kind === "outside") return !/^(https?|mailto):/.test(href);
    if (target.kind === "file") return !exists(target.path);
    return target.anchor !== "" && !anchors(target.page).includes(target.anchor);
  });
}

Deno.test("no page of the repository has a dead link", () => {
  assert(PAGES.length > 25, `${PAGES.length} pages`);
  const dead = PAGES.flatMap((page) =>
    deadLinks(BY_SOURCE, page).map((href) => `${page.source}: ${href}`)
  );
  assertEquals(dead, []);
});

Deno.test("a dead link is found: no page, no heading, no file", () => {
  const page = pageOf("# A\n\n[a](B.md) [b](#a) [c](#b) [d](sql/mysql.sql) [e](x.sql) `[f](y.md)`");
  const pages = new Map([[page.source, page]]);
  assertEquals(deadLinks(pages, page), ["B.md", "#b", "x.sql"]);
});

Deno.test("every address on the site is relative and leads to a file, every anchor to a heading", () => {
  const ids = new Map(HTML.map(([output, html]) => [
    output,
    new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id = ""]) => textOf(id))),
  ]));
  let count = 0;
  for (const [output, html] of HTML) {
    for (const [, address = ""] of html.matchAll(/ (?:href|src)="([^"]*)"/g)) {
      if (/^(https?|mailto):/.test(address)) continue;
      const url = new URL(textOf(address), `file:///${output}`);
      const path = decodeURIComponent(url.pathname).slice(1);
      assert(!address.startsWith("/") && SITE.has(path), `${output}: ${address}`);
      const anchor = decodeURIComponent(url.hash.slice(1));
      assert(anchor === "" || ids.get(path)?.has(anchor), `${output}: ${address}`);
      count++;
    }
    const loaded = [...html.matchAll(/<(?:script|img|link)[^>]* (?:src|href)="(https?:[^"]*)"/g)];
    assertEquals(loaded, [], `${output} loads from elsewhere`);
  }
  assert(count > 1000, `${count} addresses`);
});

Deno.test("ids are there once on each page, and each page says the version and where one is", () => {
  for (const [output, html] of HTML) {
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assertEquals(ids.length, new Set(ids).size, output);
    assertStringIncludes(html, "Midge <span>0.1.0</span>");
    if (!output.startsWith("files/")) assertStringIncludes(html, 'aria-current="page"');
  }
});

Deno.test("the search has a row for each heading, and the words of the text", () => {
  const script = String(SITE.get("search.js"));
  const rows: [string, string, string, string][] = JSON.parse(
    script.slice(script.indexOf("["), script.lastIndexOf("]") + 1),
  );
  const row = rows.find(([href]) => href === "reference/config.html#max_packet_size");
  assertEquals(row?.[2], "max_packet_size");
  assertStringIncludes(row![3], "Largest packet that a client may send.");
  for (const page of PAGES) assert(rows.some(([href]) => href === page.output), page.output);
  // A page of HTML may stand in a block of code; what Markdown is turned into must not.
  assertEquals(rows.filter(([, , , text]) => /<\/?(code|strong|em|a)\b/.test(text)), []);
});

Deno.test("anchors are GitHub's", () => {
  const slugs = new Slugs();
  const titles = ["Who may do what?", "Who may do what", "listeners.NAME.bind", "A – b: `c_d`"];
  assertEquals(titles.map((title) => slugs.next(title)), [
    "who-may-do-what",
    "who-may-do-what-1",
    "listenersnamebind",
    "a--b-c_d",
  ]);
});

Deno.test("links between pages of folders", () => {
  assertEquals(relative("index.html", "tls.html"), "tls.html");
  assertEquals(relative("reference/config.html", "tls.html"), "../tls.html");
  assertEquals(relative("tls.html", "reference/config.html"), "reference/config.html");
  assertEquals(relative("reference/config.html", "reference/hooks.html"), "hooks.html");
});

Deno.test("what stands in code is shown and does nothing", () => {
  const page = pageOf(
    "# A\n\n```html\n<script>x</script>\n```\n\n| a | b |\n| - | - |\n| `<b>` | c |\n",
  );
  const { html } = renderPage(new Map([[page.source, page]]), page);
  assertStringIncludes(html, "&lt;script&gt;x&lt;/script&gt;");
  assertStringIncludes(html, "<code>&lt;b&gt;</code>");
  assert(!html.includes("<script>"));
});
