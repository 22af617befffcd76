/**
 * What a module's source imports, as far as can be told without running it. Pure. Invariant: what stands in comments does
 * not count, and neither do types, which are gone before it runs.
 */

const BLOCK_COMMENTS = /\/\*[\s\S]*?\*\//g;
const LINE_COMMENTS = /^\s*\/\/.*$/gm;
const IMPORT_TYPES = /^\s*(?:import|export)\s+type\b[^;]*?from\s*["'][^"']+["'];?/gm;
const SPECIFIER = /\b(?:from|import)\s*\(?\s*["']([^"'\n]+)["']/g;

/** The specifiers of its imports, each once, in their order. */
export function importsOf(source: string): string[] {
  const code = source
    .replaceAll(BLOCK_COMMENTS, "")
    .replaceAll(LINE_COMMENTS, "")
    .replaceAll(IMPORT_TYPES, "");
  return [...new Set([...code.matchAll(SPECIFIER)].map(([, specifier = ""]) => specifier))];
}
