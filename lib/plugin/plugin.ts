/**
 * What a plugin's module exports. Invariant: what is said here is known before anything of the plugin runs; types
 * only.
 */
import type { PluginContext } from "./context.ts";
import type { Hooks } from "./hook_types.ts";
import type { MaybePromise } from "./types.ts";

/** A plugin: what a module exports as default. */
export interface Plugin<Options = unknown> {
  /** The short name people write in the configuration. */
  readonly name: string;
  readonly apiVersion: 1;
  /** Without it the plugin takes no options, and any option is an error. */
  readonly options?: OptionsSchema<Options>;
  /** Opens what the plugin needs, and returns the hooks that it wants. Rejects where it cannot. */
  setup(options: Options, context: PluginContext): MaybePromise<Hooks>;
}

/** Checks a plugin's options: any Standard Schema (valibot, zod, arktype, ...) fits. */
export interface OptionsSchema<Output> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (
      value: unknown,
    ) => MaybePromise<
      | { readonly value: Output; readonly issues?: undefined }
      | {
        readonly issues: ReadonlyArray<{
          readonly message: string;
          readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
        }>;
      }
    >;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}
