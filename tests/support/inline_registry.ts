/** Where tests leave hooks for inline_plugin.ts; both are imported by the same test file. */
import type { Hooks, PluginContext } from "../../mod.ts";

/** What a plugin made in a test sets up. */
export type InlineSetup = (context: PluginContext) => Hooks | Promise<Hooks>;

const SETUPS = new Map<string, InlineSetup>();
let count = 0;

/** The URL of a plugin of its own that is set up so; a name for a configuration's `plugins`. */
export function inlinePlugin(setup: InlineSetup | Hooks): string {
  const id = String(++count);
  SETUPS.set(id, typeof setup === "function" ? setup : () => setup);
  return new URL(`./inline_plugin.ts?${id}`, import.meta.url).href;
}

/** The setup that a plugin's URL stands for. */
export function inlineSetup(url: string): InlineSetup {
  return SETUPS.get(new URL(url).search.slice(1))!;
}
