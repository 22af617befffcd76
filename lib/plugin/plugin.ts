/**
 * What a plugin's module exports. Invariant: what is said here is known before anything of the plugin runs; types
 * only.
 */
import type { PluginContext } from "./context.ts";
import type { Hooks } from "./hook_types.ts";
import type { MaybePromise } from "./types.ts";

/**
 * What answers of authorize can depend on, beside client, action and topic. A client's verdicts are remembered for
 * everything else alike.
 */
export type AuthorizeUses = "nothing" | "qos" | "retain" | "both";

/** What the chains of access decisions must know of a plugin: no room knows one by its name. */
export interface PluginTraits {
  /** `last`: its deciding hooks are asked after those of all other plugins, wherever it stands. */
  readonly order?: "last" | undefined;
  /**
   * How it wants to decide beside others. `all` (the default): every plugin is asked, and one denial denies;
   * `first`: the first answer decides. `all` holds while every plugin that authorizes wants it, and where
   * `acl_combine` is not given.
   */
  readonly combines?: "all" | "first" | undefined;
  /** What its authorize hook looks at; the hook of this name may say it anew. Default: both. */
  readonly authorizeUses?: AuthorizeUses | undefined;
  /** Its authenticate hook lets clients in without a proof of who they are. Default: false. */
  readonly admitsWithoutProof?: boolean | undefined;
}

/** A plugin: what a module exports as default. */
export interface Plugin<Options = unknown> extends PluginTraits {
  /** The short name people write in the configuration. */
  readonly name: string;
  /** Of this interface. */
  readonly apiVersion: 1;
  /** Without it the plugin takes no options, and any option is an error. */
  readonly options?: OptionsSchema<Options>;
  /** Opens what the plugin needs, and returns the hooks that it wants. Rejects where it cannot. */
  setup(options: Options, context: PluginContext): MaybePromise<Hooks>;
}

/** Checks a plugin's options: any Standard Schema (valibot, zod, arktype, ...) fits. */
export interface OptionsSchema<Output> {
  /** The one property that Standard Schema asks for. */
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
