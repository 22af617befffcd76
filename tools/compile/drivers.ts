/**
 * The databases' drivers that an executable may have inside, and the choice among them.
 * Invariant: a driver that is not chosen leaves one sentence in its place.
 */
import { UserError } from "../../lib/user_error.ts";

/** Plugin and the package of its driver. */
export const DRIVERS: Readonly<Record<string, string>> = {
  mysql: "mysql2",
  postgres: "pg",
  redis: "ioredis",
  mongodb: "mongodb",
};

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
  const has = chosen.length === 0 ? "no driver" : `the drivers of ${chosen.join(", ")}`;
  const text = `this executable has ${has} inside, but not that of ${plugin}; ` +
    `make one with \`deno task compile --with ${
      [...chosen, plugin].join(",")
    }\`, or take the released one`;
  return `import { UserError } from "../lib/user_error.ts";\nthrow new UserError([${
    JSON.stringify(text)
  }]);\n`;
}
