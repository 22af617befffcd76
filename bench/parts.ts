/**
 * Generated parts of a page, each between two marks. Invariant: what stands outside of the marks, and the parts of
 * other names, stay as they are.
 */

const open = (name: string) => `<!-- generated: ${name} -->`;
const close = (name: string) => `<!-- end: ${name} -->`;

/** The page with this part in the place of the one it had; a part without marks goes to the end. */
export function withPart(page: string, name: string, part: string): string {
  const [from, to] = [page.indexOf(open(name)), page.indexOf(close(name))];
  const marked = `${open(name)}\n\n${part.trim()}\n\n${close(name)}`;
  if (from < 0 || to < from) return `${page.trimEnd()}\n\n${marked}\n`;
  return page.slice(0, from) + marked + page.slice(to + close(name).length);
}

/** Writes a part into the page, which is formatted then. */
export async function writePart(page: URL, name: string, part: string): Promise<void> {
  await Deno.writeTextFile(page, withPart(await Deno.readTextFile(page), name, part));
  const args = ["fmt", "--quiet", page.pathname];
  const cwd = new URL("../", import.meta.url);
  await new Deno.Command(Deno.execPath(), { args, cwd, stdin: "null" }).output();
}
