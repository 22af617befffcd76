/**
 * What `midge help TOPIC` finds: a page by its name, a part of one by its heading, a configuration key or a hook by its
 * name. Pure. Invariant: a page's name is that of its file, in lower case, `-` for `_`, and no two are the same.
 */
import type { Pages } from "./library.ts";

/** A page, or a part of one, as Markdown. */
export interface Found {
  readonly path: string;
  readonly markdown: string;
}

/** `access-rules` of `docs/ACCESS_RULES.md`; the index of docs gives its name to the first page of all. */
export function topicName(path: string): string {
  if (/\bdocs\/README\.md$/.test(path)) return "documentation";
  const [, stem = path] = /([^/]+)\.md$/.exec(path) ?? [];
  return stem.toLowerCase().replaceAll("_", "-");
}

/** All names, in order. */
export function topicNames(pages: Pages): string[] {
  return Object.keys(pages).map(topicName).sort();
}

/** What these words mean, several where a key's last name is that of several; empty: nothing. */
export function findTopic(pages: Pages, words: readonly string[]): Found[] {
  const [first = "", ...rest] = words.map((word) => word.toLowerCase());
  const [name = "", ...path] = first.split(".");
  const page = pageOf(pages, first.replaceAll("_", "-"));
  if (page !== undefined) return rest.length === 0 ? [page] : partsOf(page, rest.join(" "));
  const inside = path.length > 0 ? pageOf(pages, name) : undefined;
  const parts = inside === undefined ? [] : partsOf(inside, path.join("."));
  return parts.length > 0 ? parts : findKey(pages, words.join(" ").toLowerCase());
}

function pageOf(pages: Pages, name: string): Found | undefined {
  const found = Object.entries(pages).find(([path]) => topicName(path) === name);
  return found && { path: found[0], markdown: found[1] };
}

/** Headings of the reference pages, such as a configuration key or a hook. */
function findKey(pages: Pages, name: string): Found[] {
  const reference = Object.entries(pages).filter(([path]) => path.includes("/reference/"));
  return reference.flatMap(([path, markdown]) => {
    const exact = sections(markdown).filter(({ title }) => title === name);
    const last = sections(markdown).filter(({ title }) => title.endsWith(`.${name}`));
    return (exact.length > 0 ? exact : last).map(({ text }) => ({ path, markdown: text }));
  });
}

/** The part with this heading; else that of the first heading with these words in it. */
function partsOf({ path, markdown }: Found, words: string): Found[] {
  const all = sections(markdown);
  const found = all.find(({ title }) => title === words) ??
    all.find(({ title }) => title.includes(words));
  return found === undefined ? [] : [{ path, markdown: found.text }];
}

interface Section {
  /** In lower case, without signs of Markdown. */
  readonly title: string;
  /** With all that stands below it. */
  readonly text: string;
}

/** Every part of a page below its title. */
function sections(markdown: string): Section[] {
  const lines = markdown.split("\n");
  const heads = headings(lines).filter(({ level }) => level > 1);
  return heads.map(({ at, level, title }, index) => {
    const next = heads.slice(index + 1).find((one) => one.level <= level);
    return { title, text: lines.slice(at, next?.at).join("\n") };
  });
}

function headings(lines: readonly string[]) {
  let isCode = false;
  return lines.flatMap((line, at) => {
    if (/^\s*(```|~~~)/.test(line)) isCode = !isCode;
    const [, signs, text = ""] = /^(#{1,6})\s+(.*)$/.exec(line) ?? [];
    if (isCode || signs === undefined) return [];
    return [{ at, level: signs.length, title: text.toLowerCase().replaceAll(/[`*]/g, "") }];
  });
}

/** Names that can be asked for beside those of pages: what headings of reference pages say. */
export function keyNames(pages: Pages): string[] {
  return Object.entries(pages).filter(([path]) => path.includes("/reference/"))
    .flatMap(([, markdown]) => sections(markdown).map(({ title }) => title));
}
