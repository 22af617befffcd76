/** Where tests leave hooks for inline_plugin.ts; both are imported by the same test file. */
import type { Hooks, PluginContext, PluginTraits } from "../../mod.ts";

/** What a plugin made in a test sets up. */
export type InlineSetup = (context: PluginContext) => Hooks | Promise<Hooks>;

interface Inline {
  readonly setup: InlineSetup;
  readonly traits: PluginTraits;
}

const INLINE = new Map<string, Inline>();
let count = 0;

/** The URL of a plugin of its own that is set up so; a name for a configuration's `plugins`. */
export function inlinePlugin(setup: InlineSetup | Hooks, traits: PluginTraits = {}): string {
  const id = String(++count);
  INLINE.set(id, { setup: typeof setup === "function" ? setup : () => setup, traits });
  return new URL(`./inline_plugin.ts?${id}`, import.meta.url).href;
}

/** What a plugin's URL stands for. */
export function inlineOf(url: string): Inline {
  return INLINE.get(new URL(url).search.slice(1))!;
}
