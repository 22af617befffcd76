/**
 * The pages of the site: which Markdown of the repository, under which address, in which group. Invariant: every page of
 * docs/ is in it.
 */

/** One page. */
export interface SitePage {
  /** In the repository: `docs/TLS.md`. */
  readonly source: string;
  /** On the site: `tls.html`. */
  readonly output: string;
  readonly group: string;
  readonly title: string;
  readonly markdown: string;
}

/** Groups in the order of the navigation, and the pages that come first in them. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  "Start": ["README.md", "docs/DEPLOY.md", "docs/PLATFORMS.md"],
  "Tutorials": [],
  "Guides": [
    "docs/LISTENERS.md",
    "docs/TLS.md",
    "docs/ACME.md",
    "docs/ACCESS.md",
    "docs/ACCESS_RULES.md",
    "docs/PLUGINS.md",
    "docs/DURABILITY.md",
    "docs/DASHBOARD.md",
    "docs/CLIENT.md",
    "docs/TROUBLESHOOTING.md",
  ],
  "Reference": ["docs/reference/CONFIG.md", "docs/reference/COMMANDS.md"],
  "Project": [],
};

const REFERENCE = ["docs/METRICS.md", "docs/CONFORMANCE.md", "docs/CONFORMANCE_5.md"];
/** Pages outside of docs/. */
const BESIDE: readonly string[] = [
  "README.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "bench/README.md",
];

/** All pages, in the order of the navigation. */
export async function readSitePages(root: URL): Promise<SitePage[]> {
  const sources = [...BESIDE, ...await markdownIn(root, "docs/")];
  const pages = await Promise.all(sources.map(async (source) => {
    const markdown = await Deno.readTextFile(new URL(source, root));
    const output = outputOf(source);
    return { source, output, group: groupOf(source), title: titleOf(source, markdown), markdown };
  }));
  return pages.sort((a, b) => compare(rank(a), rank(b)));
}

async function markdownIn(root: URL, folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    if (isDirectory) found.push(...await markdownIn(root, `${folder}${name}/`));
    else if (name.endsWith(".md")) found.push(folder + name);
  }
  return found;
}

/** `docs/reference/CONFIG.md` as `reference/config.html`. */
export function outputOf(source: string): string {
  if (source === "README.md") return "index.html";
  const inside = source.startsWith("docs/") ? source.slice(5) : `project/${source}`;
  return inside.replace(/\/README\.md$/, ".md").replace(/\.md$/, ".html").toLowerCase();
}

function groupOf(source: string): string {
  const named = Object.entries(GROUPS).find(([, first]) => first.includes(source));
  if (named !== undefined) return named[0];
  if (!source.startsWith("docs/")) return "Project";
  if (source.startsWith("docs/reference/") || REFERENCE.includes(source)) return "Reference";
  return /^docs\/[^/]+$/.test(source) ? "Guides" : "Tutorials";
}

function titleOf(source: string, markdown: string): string {
  const [, title = source] = /^# (.+)$/m.exec(markdown) ?? [];
  return source === "README.md" ? "Overview" : title.replaceAll(/[`*]/g, "");
}

/** Group, place in the group, title. */
function rank({ group, source, title }: SitePage): readonly [number, number, string] {
  const first = GROUPS[group]?.indexOf(source) ?? -1;
  return [Object.keys(GROUPS).indexOf(group), first < 0 ? Infinity : first, title];
}

function compare(a: ReturnType<typeof rank>, b: ReturnType<typeof rank>): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  if (a[1] !== b[1]) return a[1] - b[1];
  return a[2].localeCompare(b[2]);
}
