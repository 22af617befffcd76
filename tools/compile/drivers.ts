/**
 * The databases' drivers that an executable may have inside, and the choice among them.
 * Invariant: a driver that is not chosen leaves one sentence in its place.
 */
import { DRIVERS } from "../../lib/executable_packages.ts";
import { UserError } from "../../lib/user_error.ts";

/**
 * The plugins whose drivers go inside.
 * @param text `all`, `none`, or names with commas between them
 */
export function chosenDrivers(text: string): string[] {
  if (text === "all") return Object.keys(DRIVERS);
  if (text === "none") return [];
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) {
    if (!Object.hasOwn(DRIVERS, name)) {
      const known = Object.keys(DRIVERS).join(", ");
      throw new UserError([`--with: no driver is called ${name}; expected all, none, or ${known}`]);
    }
  }
  return names;
}

/** A module in place of the driver of `plugin`: an import of it says what to do. */
export function missingDriver(plugin: string, chosen: readonly string[]): string {
  const has = chosen.length === 0 ? "it has none" : `it has ${chosen.join(", ")}`;
  const text = `the driver of ${plugin} is not in this executable (${has}); make one with ` +
    `\`deno task compile --with ${[...chosen, plugin].join(",")}\``;
  return `import { UserError } from "../lib/user_error.ts";\nthrow new UserError([${
    JSON.stringify(text)
  }]);\n`;
}
