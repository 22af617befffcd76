/** What to do about a plugin that cannot be loaded, by the words of the problem. Pure. */

const ADVICE: readonly (readonly [words: RegExp, advice: string])[] = [
  [/default export|is no plugin/, "midge plugin new NAME writes one that is right"],
  [/unknown hook|unknown method|is not a function/, "docs/PLUGINS.md has every hook"],
  [/takes no options/, "give it an options schema, or take them out of the configuration"],
  [/unknown option/, "take it out of the configuration, or into the plugin's schema"],
  [/strips no types/, "write it in JavaScript"],
  [/npm packages of Midge/, "run Midge with Deno, or bundle the package into the plugin"],
  [/Module not found|Cannot find module|no such file/i, "put the file there, or mend the path"],
  [/--allow-import/, "save the module as a file beside the plugin"],
  [/setup returned/, "return an object, an empty one where there are no hooks"],
  [/no answer within|took longer/, "do not wait in setup for what may never come"],
];

/** Empty, or `; what to do`. */
export function adviceFor(problem: string): string {
  const found = ADVICE.find(([words]) => words.test(problem));
  return found === undefined ? "" : `; ${found[1]}`;
}
