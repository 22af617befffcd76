/**
 * Imports a plugin's module, wherever it is: packaged, a file beside the configuration, a URL; or takes the object that
 * was given in its place. Invariant: whatever goes wrong becomes a UserError of one line.
 */
import { messageOf, UserError } from "../user_error.ts";
import type { PluginConfig } from "../config/types.ts";
import { faultText } from "./fault.ts";
import type { Plugin, PluginTraits } from "./plugin.ts";

/** What a trait may be, where it is given. */
const TRAITS: { readonly [Name in keyof Required<PluginTraits>]: readonly PluginTraits[Name][] } = {
  order: ["last"],
  combines: ["all", "first"],
  authorizeUses: ["nothing", "qos", "retain", "both"],
  admitsWithoutProof: [true, false],
};

/**
 * Imports the module, unless the plugin itself was given, and checks that it is one.
 * @param specifier in place of the module's URL, where that stands for an older text
 */
export async function importPlugin(
  config: PluginConfig,
  where: string,
  specifier: string = config.module,
): Promise<Plugin> {
  const isGiven = config.plugin !== undefined;
  const plugin = isGiven
    ? config.plugin
    : (await importModule(config.module, specifier, where)).default;
  if (!isPlugin(plugin)) {
    const what = isGiven
      ? "it is no plugin"
      : `${config.module} has no plugin as its default export`;
    const expected = "expected { name, apiVersion: 1, setup(options, context) }";
    throw new UserError([`${where}: ${what}: ${whyNot(plugin)}; ${expected}`]);
  }
  const at = isGiven ? where : `${where}: ${config.module}`;
  const problems = traitProblems(plugin).map((problem) => `${at}: ${problem}`);
  if (problems.length > 0) throw new UserError(problems);
  return plugin;
}

function traitProblems(plugin: PluginTraits): string[] {
  return Object.entries(TRAITS).flatMap(([name, allowed]: [string, readonly unknown[]]) => {
    const value: unknown = Reflect.get(plugin, name);
    if (value === undefined || allowed.includes(value)) return [];
    const expected = allowed.map((one) => JSON.stringify(one)).join(" or ");
    return [`${name} is ${JSON.stringify(value)}; expected ${expected}, or nothing`];
  });
}

function whyNot(value: unknown): string {
  if (typeof value === "function") return "it is a function";
  if (typeof value !== "object" || value === null) return `it is ${value}`;
  const { name, apiVersion, setup } = value as Record<string, unknown>;
  if (typeof name !== "string") return `name is ${name}`;
  return apiVersion !== 1 ? `apiVersion is ${apiVersion}` : `setup is ${typeof setup}`;
}

function isPlugin(value: unknown): value is Plugin {
  if (typeof value !== "object" || value === null) return false;
  const { name, apiVersion, setup } = value as Partial<Plugin>;
  return typeof name === "string" && apiVersion === 1 && typeof setup === "function";
}

async function importModule(
  url: string,
  specifier: string,
  where: string,
): Promise<{ default?: unknown }> {
  try {
    return await import(await importable(url, specifier));
  } catch (cause) {
    const why = `${faultText(cause, url)}${hint(cause, url)}`;
    throw new UserError(`${where}: cannot import ${url}: ${why}`, { cause });
  }
}

/** A compiled executable imports JavaScript only; it strips the types of a TypeScript file itself. */
async function importable(url: string, specifier: string): Promise<string> {
  const isForeignTypeScript = Deno.build.standalone && url.startsWith("file:") &&
    /\.m?ts$/.test(url) && !url.startsWith(new URL("../../", import.meta.url).href);
  if (!isForeignTypeScript) return specifier;
  const { stripTypeScriptTypes } = await import("node:module");
  const { BUNDLE_IT, strippedModule } = await import("./stripped_module.ts");
  if (typeof stripTypeScriptTypes !== "function") { // before Deno 2.9
    throw new Error(
      `this executable was compiled with Deno ${Deno.version.deno}, which strips no types; ` +
        `expected a .js file, or an executable compiled with Deno 2.9; ${BUNDLE_IT}`,
    );
  }
  const strip = (source: string) => {
    try {
      return stripTypeScriptTypes(source);
    } catch (cause) { // its error has no place
      throw new Error(`${messageOf(cause)}; deno check says in which line`, { cause });
    }
  };
  return await strippedModule(new URL(url), { strip, read: Deno.readTextFile });
}

function hint(cause: unknown, url: string): string {
  const message = messageOf(cause);
  if (cause instanceof Deno.errors.NotCapable && message.includes("import")) {
    return " (plugins from a URL need --allow-import=HOST)";
  }
  if (!Deno.build.standalone) return "";
  if (/^(?:https?|npm|jsr):/.test(url)) return " (an executable imports plugins from files only)";
  return /in the list of packages|^Module not found: (?:https?|npm|jsr):/.test(message)
    ? " (an executable has no packages of others: `deno bundle --external '@midge/*' -o PLUGIN.js FILE` " +
      "makes one JavaScript file of a plugin, with all that it imports)"
    : "";
}
