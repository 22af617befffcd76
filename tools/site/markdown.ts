/**
 * Markdown as HTML for the site. Invariant: every heading has its anchor, every link to a file of the repository leads to
 * the site's copy, and a table can be moved sideways with the keyboard.
 */
import { Marked, type RendererObject, type Tokens } from "marked";
import { fileOutput, relative, type Target, targetOf } from "./links.ts";
import type { SitePage } from "./pages.ts";
import { Slugs } from "./slugs.ts";

/** A heading of a page. */
export interface Heading {
  readonly level: number;
  /** Without signs of Markdown. */
  readonly text: string;
  readonly anchor: string;
}

/** What became of a page. */
export interface Rendered {
  readonly html: string;
  readonly headings: readonly Heading[];
  /** Files of the repository that it links to. */
  readonly files: readonly string[];
}

/** Text in HTML, also in an attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/**
 * Renders one page.
 * @param isFolder is this path of the repository a folder?
 */
export function renderPage(
  pages: ReadonlyMap<string, SitePage>,
  page: SitePage,
  isFolder: (path: string) => boolean = () => false,
): Rendered {
  const headings: Heading[] = [];
  const files: string[] = [];
  const slugs = new Slugs();
  const link = (href: string) => {
    const target = targetOf(pages, page, href);
    if (target.kind !== "file") return siteHref(page, target);
    files.push(target.path);
    return relative(page.output, fileOutput(target.path, isFolder(target.path)));
  };
  const marked = new Marked({ gfm: true, renderer: rendererOf(headings, slugs, link) });
  return { html: marked.parse(page.markdown, { async: false }), headings, files };
}

function siteHref(page: SitePage, target: Exclude<Target, { kind: "file" }>): string {
  if (target.kind === "outside") return target.href;
  const path = target.page === page ? "" : relative(page.output, target.page.output);
  return target.anchor === "" ? path || page.output : `${path}#${target.anchor}`;
}

function rendererOf(
  headings: Heading[],
  slugs: Slugs,
  link: (href: string) => string,
): RendererObject {
  let tables = 0;
  return {
    heading({ tokens, depth }: Tokens.Heading): string {
      const html = this.parser.parseInline(tokens);
      const text = textOf(html);
      const anchor = slugs.next(text);
      headings.push({ level: depth, text, anchor });
      return `<h${depth} id="${escapeHtml(anchor)}">${html} <a class="anchor" href="#${
        escapeHtml(anchor)
      }" aria-label="Link to ${escapeHtml(text)}">#</a></h${depth}>\n`;
    },
    link({ href, tokens }: Tokens.Link): string {
      return `<a href="${escapeHtml(link(href))}">${this.parser.parseInline(tokens)}</a>`;
    },
    image({ href, text }: Tokens.Image): string {
      return `<img src="${escapeHtml(link(href))}" alt="${escapeHtml(text)}" loading="lazy">`;
    },
    code({ text, lang = "" }: Tokens.Code): string {
      const label = lang === "" ? "Code" : `Code, ${lang}`;
      return `<pre tabindex="0" role="region" aria-label="${escapeHtml(label)} ${++tables}"><code>${
        escapeHtml(text)
      }</code></pre>\n`;
    },
    table(token: Tokens.Table): string {
      const row = (cells: readonly Tokens.TableCell[], isHead: boolean) =>
        `<tr>${
          cells.map((cell) => cellHtml(this.parser.parseInline(cell.tokens), isHead)).join("")
        }</tr>`;
      return `<div class="table" tabindex="0" role="region" aria-label="Table ${++tables}"><table>
<thead>${row(token.header, true)}</thead>
<tbody>${token.rows.map((cells) => row(cells, false)).join("\n")}</tbody></table></div>\n`;
    },
  };
}

/** A heading without words is none. */
function cellHtml(html: string, isHead: boolean): string {
  const tag = isHead && html !== "" ? "th" : "td";
  return `<${tag}>${html}</${tag}>`;
}

/** HTML of one line as text. */
export function textOf(html: string): string {
  return html.replaceAll(/<[^>]*>/g, "").replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
}
