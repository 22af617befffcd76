/** Code blocks of a Markdown document, for tests that hold documents to their word. */

/** The contents of all blocks in this language, in order. */
export function codeBlocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === language)
    .map(([, , content]) => content!);
}
