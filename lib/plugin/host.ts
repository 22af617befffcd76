/**
 * Loads plugins, keeps them, and disposes of them. Invariants: order is the configuration's; when one cannot be
 * set up, those before it are disposed and nothing stays; disposal runs in reverse order and ends every timer a
 * plugin started; a plugin's hooks are what its setup returned, for as long as it is loaded.
 */
import { fromFileUrl } from "../config/paths.ts";
import { maskedUrls } from "../secrets.ts";
import { messageOf, UserError } from "../user_error.ts";
import type { PluginConfig } from "../config/types.ts";
import { type HookClock, inTime } from "../hook_deadline.ts";
import { faultText, ownModule } from "./fault.ts";
import { hookProblems } from "./hook_problems.ts";
import type { HookOwner } from "./hooks.ts";
import { importPlugin } from "./import.ts";
import { checkOptions } from "./options.ts";
import type { PluginContext } from "./context.ts";
import { type ModuleState, PluginFiles } from "./plugin_files.ts";
import type { Plugin, PluginTraits } from "./plugin.ts";
import type { Hooks } from "./hook_types.ts";
import { SteadyLogger } from "./steady_logger.ts";
import type { Logger } from "./types.ts";

/** Makes the context of one plugin, and ends what it started. */
export interface ContextFactory {
  /** Plugins have until then: lib/hook_deadline.ts. */
  readonly clock: HookClock;
  make(config: PluginConfig): PluginContext & {
    readonly clock: { stop(): void };
    /** Ends what the plugin has opened by it. */
    end?(): Promise<void>;
  };
}

/** A plugin that is set up. */
export interface LoadedPlugin extends HookOwner {
  readonly traits: PluginTraits;
  readonly config: PluginConfig;
  readonly context: ReturnType<ContextFactory["make"]>;
  /** Of its module's text; undefined where that is not looked at. */
  readonly version: string | undefined;
}

/** Judges plugins together: the one to blame, and why. */
export type Judge = (
  plugins: readonly LoadedPlugin[],
) => readonly (readonly [plugin: LoadedPlugin, problem: string])[];

/** The plugins of one broker or client. */
export class PluginHost {
  readonly #factory: ContextFactory;
  readonly #where: (config: PluginConfig) => string;
  readonly #judge: Judge;
  readonly #files = new PluginFiles();
  #loaded: LoadedPlugin[] = [];

  /**
   * @param file names the configuration in errors
   * @param judge Says what is wrong with plugins that are all right one by one.
   */
  constructor(factory: ContextFactory, file: string | undefined, judge: Judge = () => []) {
    this.#factory = factory;
    this.#judge = judge;
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
    if (problems.length === 0) problems.push(...this.#problemsOf(this.#loaded));
    if (problems.length === 0) return;
    await this.dispose();
    throw new UserError(problems);
  }

  /**
   * Follows a changed configuration: plugins with other options or another module are set up anew and then the old
   * are disposed, others are left alone; so is one with a storage whose module has changed. Throws a UserError and changes nothing when one cannot be set up.
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
        const isOld = old !== undefined && old.version !== state.version;
        const changed = isOld ? [config.module, ...state.stale] : state.stale;
        stale.push(...changed.map((url) => nextStartLine(config, url)));
      }
      const problems = this.#problemsOf(next);
      if (problems.length > 0) throw new UserError(problems);
      const gone = this.#loaded.filter((one) => !next.includes(one));
      this.#loaded = next;
      use();
      await this.#disposeOf(gone);
      return [
        ...gone.map((one) => maskedUrls(`plugin ${one.config.key} disposed`)),
        ...fresh.map((one) => maskedUrls(`plugin ${one.config.key} set up`)),
        ...stale,
      ];
    } catch (error) {
      await this.#disposeOf(fresh);
      throw error;
    }
  }

  /** Disposes of all, last first. */
  async dispose(): Promise<void> {
    const loaded = this.#loaded;
    this.#loaded = [];
    await this.#disposeOf(loaded);
  }

  /** Last first. */
  async #disposeOf(plugins: readonly LoadedPlugin[]): Promise<void> {
    for (const one of plugins.toReversed()) await disposeOf(one, this.#factory.clock);
  }

  #problemsOf(plugins: readonly LoadedPlugin[]): string[] {
    return this.#judge(plugins).map(([{ config }, problem]) =>
      `${this.#where(config)}: ${problem}`
    );
  }

  /** Packaged plugins do not change while Midge runs. */
  async #look({ module, packaged, plugin }: PluginConfig): Promise<ModuleState> {
    if (packaged || plugin !== undefined) {
      return { version: undefined, specifier: module, stale: [] };
    }
    return await this.#files.look(module);
  }

  async #setUp(config: PluginConfig, state: ModuleState): Promise<LoadedPlugin> {
    const where = this.#where(config);
    const { clock } = this.#factory;
    const importing = importPlugin(config, where, state.specifier);
    const plugin = await said(where, inTime(clock, "import", importing));
    const checking = checkOptions(plugin, config.options, where);
    const options = await said(where, inTime(clock, "checking its options", checking));
    const context = this.#factory.make(config);
    const module = ownModule(config);
    const hooks = await runSetup({ plugin, options, context, where, module, clock });
    const { order, combines, authorizeUses, admitsWithoutProof } = plugin;
    const traits = { order, combines, authorizeUses, admitsWithoutProof };
    // What clients can make fail in its hooks must not fill the log; the plugin's own lines are its own.
    const logger = new SteadyLogger(context.logger, context.clock, "lines");
    const { version } = state;
    return {
      name: config.name,
      config,
      context,
      logger,
      traits,
      hooks,
      module,
      version,
      schema: plugin.options,
      get failures() {
        return logger.errors;
      },
    };
  }
}

/** A plugin that is about to be set up. */
interface Setup {
  readonly plugin: Plugin;
  readonly options: unknown;
  readonly context: ReturnType<ContextFactory["make"]>;
  readonly where: string;
  readonly module: string | undefined;
  readonly clock: HookClock;
}

async function runSetup(setup: Setup): Promise<Hooks> {
  const { plugin, options, context, where, module, clock } = setup;
  const discard = (late: unknown) => void freeRefused(late, context.logger);
  try {
    const answer = plugin.setup(options, context);
    const hooks: unknown = await inTime<unknown>(clock, "setup", answer, discard);
    const problems = hookProblems(hooks, where);
    if (problems.length === 0) return Object.freeze(hooks as Hooks); // what was checked stays as it is
    await freeRefused(hooks, context.logger);
    throw new UserError(problems);
  } catch (cause) {
    context.clock.stop();
    await context.end?.();
    throw problemOf(cause, where, module);
  }
}

/** What is wrong with a plugin, with the key path in front. */
function problemOf(cause: unknown, where: string, module: string | undefined): UserError {
  if (cause instanceof UserError) return prefixed(cause, where);
  return new UserError(`${where}: ${faultText(cause, module)}`, { cause });
}

async function said<T>(where: string, doing: Promise<T>): Promise<T> {
  try {
    return await doing;
  } catch (cause) {
    throw problemOf(cause, where, undefined);
  }
}

/** A plugin's own UserError says the key path below its name. */
function prefixed(error: UserError, where: string): UserError {
  const problems = error.problems.map((one) => one.startsWith(where) ? one : `${where}: ${one}`);
  return new UserError(problems, { cause: error });
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

async function disposeOf(one: LoadedPlugin, clock: HookClock): Promise<void> {
  one.context.clock.stop();
  try {
    await inTime(clock, "closing what it serves", one.context.end?.());
    await inTime(clock, "dispose", one.hooks.dispose?.());
  } catch (cause) {
    one.logger.error(`dispose failed: ${faultText(cause, one.module)}`);
  }
}

/** What a storage has open stays open, whatever becomes of its module's text. */
function isSame(
  { config: a, version, hooks }: LoadedPlugin,
  b: PluginConfig,
  state: ModuleState,
): boolean {
  return a.module === b.module && a.key === b.key && a.plugin === b.plugin &&
    (version === state.version || hooks.storage !== undefined) &&
    JSON.stringify(a.options) === JSON.stringify(b.options);
}

function nextStartLine({ key }: PluginConfig, url: string): string {
  return `plugin ${key}: ${fromFileUrl(url)} has changed; it is imported at the next start`;
}
