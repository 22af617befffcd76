/**
 * The frame around a page: head, navigation, search, foot. Invariant: every address is relative, so that the site works in
 * any folder and from a disk, and nothing comes from elsewhere.
 */
import { relative } from "./links.ts";
import { escapeHtml, type Heading } from "./markdown.ts";

/** What the frame must know of a page. */
export interface Framed {
  readonly output: string;
  readonly title: string;
  readonly html: string;
  readonly headings: readonly Heading[];
}

/** A group of the navigation. */
export interface NavGroup {
  readonly name: string;
  readonly pages: readonly { readonly output: string; readonly title: string }[];
}

/** A whole document. */
export function framed(page: Framed, groups: readonly NavGroup[], version: string): string {
  const to = (output: string) => escapeHtml(relative(page.output, output));
  const root = page.output.split("/").slice(1).map(() => "../").join("");
  return `<!DOCTYPE html>
<html lang="en" data-root="${root}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(page.title)} – Midge</title>
<link rel="stylesheet" href="${to("site.css")}">
<script src="${to("site.js")}"></script>
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header>
<a class="name" href="${to("index.html")}">Midge <span>${escapeHtml(version)}</span></a>
<search><label for="search" class="hidden">Search the documentation</label>
<input id="search" type="search" placeholder="Search" autocomplete="off" disabled>
<p id="found" class="hidden" role="status"></p><ul id="results" hidden></ul></search>
<button id="menu" type="button" aria-expanded="false" aria-controls="pages" hidden>Pages</button>
<button id="theme" type="button" hidden>Dark</button>
</header>
<div class="columns">
<nav id="pages" aria-label="Pages">
${groups.map((group) => groupHtml(group, page.output, to)).join("\n")}
</nav>
<main id="content" tabindex="-1">
${page.html}</main>
${contents(page.headings)}</div>
<footer>Midge ${
    escapeHtml(version)
  }. <code>midge help</code> prints these pages in a terminal.</footer>
</body>
</html>
`;
}

function groupHtml(
  { name, pages }: NavGroup,
  current: string,
  to: (output: string) => string,
): string {
  const items = pages.map(({ output, title }) => {
    const here = output === current ? ' aria-current="page"' : "";
    return `<li><a href="${to(output)}"${here}>${escapeHtml(title)}</a></li>`;
  });
  return `<h2>${escapeHtml(name)}</h2>\n<ul>\n${items.join("\n")}\n</ul>`;
}

function contents(headings: readonly Heading[]): string {
  const parts = headings.filter(({ level }) => level === 2);
  if (parts.length < 2) return "";
  const items = parts.map(({ anchor, text }) =>
    `<li><a href="#${escapeHtml(anchor)}">${escapeHtml(text)}</a></li>`
  );
  return `<nav class="parts" aria-label="On this page">\n<h2>On this page</h2>\n<ul>\n${
    items.join("\n")
  }\n</ul>\n</nav>\n`;
}
