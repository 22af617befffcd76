/**
 * Loads plugins, keeps them, and disposes of them. Invariants: order is the configuration's; when one cannot be
 * set up, those before it are disposed and nothing stays; disposal runs in reverse order and ends every timer a
 * plugin started; a plugin's hooks are what its setup returned, for as long as it is loaded.
 */
import { fromFileUrl } from "../config/paths.ts";
import { messageOf, UserError } from "../user_error.ts";
import { suggestion } from "../config/keys.ts";
import { withDeadline } from "../wait.ts";
import type { PluginConfig } from "../config/types.ts";
import { faultText, ownModule } from "./fault.ts";
import { HOOK_NAMES, type HookOwner } from "./hooks.ts";
import { importPlugin } from "./import.ts";
import { checkOptions } from "./options.ts";
import type { PluginContext } from "./context.ts";
import { type ModuleState, PluginFiles } from "./plugin_files.ts";
import type { Plugin, PluginTraits } from "./plugin.ts";
import type { Hooks } from "./hook_types.ts";
import type { Logger } from "./types.ts";

/** How long a plugin may take to set itself up, milliseconds. */
const SETUP_MS = 30_000;

/** Makes the context of one plugin, and ends what it started. */
export interface ContextFactory {
  make(config: PluginConfig): PluginContext & { readonly clock: { stop(): void } };
}

/** A plugin that is set up. */
export interface LoadedPlugin extends HookOwner {
  readonly traits: PluginTraits;
  readonly config: PluginConfig;
  readonly context: ReturnType<ContextFactory["make"]>;
  /** Of its module's text; undefined where that is not looked at. */
  readonly version: string | undefined;
}

/** The plugins of one broker or client. */
export class PluginHost {
  readonly #factory: ContextFactory;
  readonly #where: (config: PluginConfig) => string;
  readonly #files = new PluginFiles();
  #loaded: LoadedPlugin[] = [];

  /** @param file names the configuration in errors */
  constructor(factory: ContextFactory, file: string | undefined) {
    this.#factory = factory;
    this.#where = (config) => `${file === undefined ? "" : `${file}: `}plugins.${config.key}`;
  }

  /** In the configuration's order. */
  get plugins(): readonly LoadedPlugin[] {
    return this.#loaded;
  }

  /** Loads all; throws a UserError with every plugin's problems, and nothing is loaded then. */
  async load(configs: readonly PluginConfig[]): Promise<void> {
    const problems: string[] = [];
    for (const config of configs) {
      try {
        this.#loaded.push(await this.#setUp(config, await this.#look(config)));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        problems.push(...error.problems);
      }
    }
    if (problems.length === 0) return;
    await this.dispose();
    throw new UserError(problems);
  }

  /**
   * Follows a changed configuration: plugins with other options or another module are set up anew and then the old
   * are disposed, others are left alone. Throws a UserError and changes nothing when one cannot be set up.
   * @param use puts the new ones to use; called before the old ones are disposed, so that there is always one that decides
   * @returns a line for each change
   */
  async reload(configs: readonly PluginConfig[], use: () => void): Promise<string[]> {
    const fresh: LoadedPlugin[] = [];
    try {
      const next: LoadedPlugin[] = [];
      const stale: string[] = [];
      for (const config of configs) {
        const state = await this.#look(config);
        const old = this.#loaded.find((one) => isSame(one, config, state));
        next.push(old ?? await this.#setUp(config, state));
        if (old === undefined) fresh.push(next.at(-1)!);
        stale.push(...state.stale.map((url) => nextStartLine(config, url)));
      }
      const gone = this.#loaded.filter((one) => !next.includes(one));
      this.#loaded = next;
      use();
      for (const one of gone.reverse()) await disposeOf(one);
      return [
        ...gone.map((one) => `plugin ${one.config.key} disposed`),
        ...fresh.map((one) => `plugin ${one.config.key} set up`),
        ...stale,
      ];
    } catch (error) {
      for (const one of fresh.reverse()) await disposeOf(one);
      throw error;
    }
  }

  /** Disposes of all, last first. */
  async dispose(): Promise<void> {
    const loaded = this.#loaded;
    this.#loaded = [];
    for (const one of loaded.reverse()) await disposeOf(one);
  }

  /** Packaged plugins do not change while Midge runs. */
  async #look({ module, packaged }: PluginConfig): Promise<ModuleState> {
    if (packaged) return { version: undefined, specifier: module, stale: [] };
    return await this.#files.look(module);
  }

  async #setUp(config: PluginConfig, state: ModuleState): Promise<LoadedPlugin> {
    const where = this.#where(config);
    const plugin = await importPlugin(config, where, state.specifier);
    const options = await checkOptions(plugin, config.options, where);
    const context = this.#factory.make(config);
    const module = ownModule(config);
    const hooks = await runSetup(plugin, options, context, { where, module });
    const { order, combines, admitsWithoutProof } = plugin;
    const traits = { order, combines, admitsWithoutProof };
    const { name } = config;
    const { version } = state;
    return { name, config, context, logger: context.logger, traits, hooks, module, version };
  }
}

async function runSetup(
  plugin: Plugin,
  options: unknown,
  context: ReturnType<ContextFactory["make"]>,
  { where, module }: { readonly where: string; readonly module: string | undefined },
): Promise<Hooks> {
  try {
    const hooks: unknown = await inTime(Promise.resolve(plugin.setup(options, context)));
    const problems = hookProblems(hooks, where);
    if (problems.length === 0) return Object.freeze(hooks as Hooks); // what was checked stays as it is
    await freeRefused(hooks, context.logger);
    throw new UserError(problems);
  } catch (cause) {
    context.clock.stop();
    if (cause instanceof UserError) throw prefixed(cause, where);
    throw new UserError(`${where}: ${faultText(cause, module)}`, { cause });
  }
}

/** Rejects when a plugin's setup takes too long. */
async function inTime<T>(setup: Promise<T>): Promise<T> {
  if (await withDeadline(setup, SETUP_MS)) return await setup;
  throw new Error(`setup has not finished in ${SETUP_MS / 1000} s`);
}

/** A plugin's own UserError says the key path below its name. */
function prefixed(error: UserError, where: string): UserError {
  const problems = error.problems.map((one) => one.startsWith(where) ? one : `${where}: ${one}`);
  return new UserError(problems, { cause: error });
}

/** What is wrong with what a setup returned; nothing when it is an object of hooks. */
function hookProblems(hooks: unknown, where: string): string[] {
  if (typeof hooks !== "object" || hooks === null) {
    return [`${where}: setup returned ${hooks}; expected an object of hooks`];
  }
  return Object.entries(hooks).flatMap(([name, hook]) => {
    if (!HOOK_NAMES.includes(name)) {
      return [`${where}: unknown hook ${name}; ${suggestion(name, HOOK_NAMES, "hooks")}`];
    }
    return hook === undefined || typeof hook === "function"
      ? []
      : [`${where}: hook ${name} is not a function`];
  });
}

/** Frees what a setup has opened although its hooks are refused. */
async function freeRefused(hooks: unknown, logger: Logger): Promise<void> {
  const { dispose } = Object(hooks) as { dispose?: unknown };
  try {
    if (typeof dispose === "function") await dispose.call(hooks);
  } catch (cause) {
    logger.error(`dispose failed: ${messageOf(cause)}`);
  }
}

async function disposeOf(one: LoadedPlugin): Promise<void> {
  one.context.clock.stop();
  try {
    await one.hooks.dispose?.();
  } catch (cause) {
    one.logger.error(`dispose failed: ${faultText(cause, one.module)}`);
  }
}

function isSame(
  { config: a, version }: LoadedPlugin,
  b: PluginConfig,
  state: ModuleState,
): boolean {
  return a.module === b.module && a.key === b.key && version === state.version &&
    JSON.stringify(a.options) === JSON.stringify(b.options);
}

function nextStartLine({ key }: PluginConfig, url: string): string {
  return `plugin ${key}: ${fromFileUrl(url)} has changed; it is imported at the next start`;
}
