/**
 * What a reader does with an editor: a YAML block whose first line is `# into FILE` goes into that file. Invariant: what stands below a key that the
 * file has is put right below that key; any other key comes at the end.
 */

/** The file that a block goes into; undefined: it is none of these. */
export function editedFile(text: string): string | undefined {
  return /^# into (\S+)\n/.exec(text)?.[1];
}

/** The file's text with the block in it. */
export function edited(text: string, block: string): string {
  const parts = block.replace(/^#.*\n/, "").split(/^(?=\w)/m);
  return parts.reduce((all, part) => {
    const [, key = "", rest = ""] = /^(\w+:)\n([^]*)$/.exec(part) ?? [];
    const place = new RegExp(`^${key}\n`, "m");
    return key !== "" && place.test(all)
      ? all.replace(place, () => `${key}\n${rest}`)
      : `${all.trimEnd()}\n${part}`;
  }, text);
}
