/**
 * docs/reference/HOOKS.md: every hook of a plugin, as lib/plugin/hook_types.ts declares and documents it. Invariant: the
 * page has each member of `Hooks`, in its order.
 */

const INTRO = `# Hooks

This page is written by \`deno task reference\` from the types that the compiler checks a plugin with.
[PLUGINS.md](../PLUGINS.md#writing-a-plugin) tells how to write one.
`;

/** One hook. */
export interface HookRow {
  readonly name: string;
  readonly doc: string;
  readonly signature: string;
}

/** The whole page, from the text of lib/plugin/hook_types.ts. */
export function hooksPage(source: string): string {
  const entries = hooksOf(source).map(({ name, doc, signature }) =>
    `## ${name}\n\n${doc}\n\n\`\`\`ts\n${signature}\n\`\`\`\n`
  );
  return [INTRO, ...entries].join("\n");
}

/** The members of the interface. */
export function hooksOf(source: string): HookRow[] {
  const [, body = ""] = /\nexport interface Hooks \{\n([^]*?)\n\}\n/.exec(source) ?? [];
  return [...`${body}\n`.matchAll(MEMBER)].map(([, doc = "", text = "", name = ""]) => ({
    name,
    doc: doc.split("\n").map((line) => line.replace(/^\s*\* ?/, "")).join(" ").trim()
      .replaceAll(/\{@link (\w+)\}/g, "`$1`"),
    signature: text.replaceAll(/^ {2}/gm, ""),
  }));
}

const MEMBER =
  /^ {2}\/\*\*([^]*?)\*\/\n( {2}(?:readonly )?(\w+)[^]*?;)\n(?=\n| {2}\/\*\*|$(?![^]))/gm;
