/**
 * The packages that are looked for by name: drivers, what a stranger's plugin may import, and the page's libraries.
 * Invariant: one module a package, which gives every name that the package has, for a bundler loses the names
 * of CommonJS at an import() .
 */
import { DRIVERS, SHARED_PACKAGES } from "../../lib/executable_packages.ts";
import { missingDriver } from "./drivers.ts";

/** What the page imports, and the files that are read of it; the file of the name itself need not be there. */
export const PAGE_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "preact": [],
  "preact/hooks": [],
  "htm": [],
  "uplot": ["uPlot.iife.min.js", "uPlot.min.css"],
};

/** A module that stands for a package: its name in the import map, and its text. */
export interface PackageModule {
  readonly name: string;
  /** Relative to the stage. */
  readonly path: string;
  readonly text: string;
}

/** @param specifiers what the names stand for in the clone's import map */
export async function packageModules(
  chosen: readonly string[],
  specifiers: Readonly<Record<string, string>>,
): Promise<PackageModule[]> {
  const drivers = Object.entries(DRIVERS).map(async ([plugin, name]) =>
    chosen.includes(plugin)
      ? await moduleOf(name, specifiers)
      : { name, path: `packages/${name}.ts`, text: missingDriver(plugin, chosen) }
  );
  return await Promise.all([
    ...drivers,
    ...SHARED_PACKAGES.map((name) => moduleOf(name, specifiers)),
  ]);
}

async function moduleOf(
  name: string,
  specifiers: Readonly<Record<string, string>>,
): Promise<PackageModule> {
  const whole: Record<string, unknown> = await import(name);
  const names = Object.keys(whole).filter((one) => /^[A-Za-z_$][\w$]*$/.test(one));
  return {
    name,
    path: `packages/${name}.ts`,
    text: facadeText(JSON.stringify(specifiers[name]), names),
  };
}

/** @param specifier with its quotation marks */
export function facadeText(specifier: string, names: readonly string[]): string {
  if (!names.includes("default")) return `export * from ${specifier};\n`;
  const others = names.filter((name) => name !== "default" && name !== "module.exports");
  return `import * as whole from ${specifier};\nexport default whole.default;\n` +
    (others.length === 0 ? "" : `export const { ${others.join(", ")} } = whole;\n`);
}
