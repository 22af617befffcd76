/**
 * All certificates that a broker gets itself. Invariants: listeners with the same section share one; one at a time is
 * fetched, for they share a port and the memory that it takes.
 */
import type { Clock } from "../clock.ts";
import type { AcmeConfig, ListenerConfig } from "../config/types.ts";
import type { Logger } from "../plugin/types.ts";
import { readText } from "../text_file.ts";
import { problemsOf, UserError } from "../user_error.ts";
import type { Certified } from "./certificates.ts";
import { Keeper } from "./keeper.ts";

/** What they need of their broker. */
export interface KeepersParts {
  readonly listeners: readonly ListenerConfig[];
  /** Names the configuration in problems. */
  readonly file: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps them valid. */
export class Keepers {
  readonly #keepers: Keeper[];
  /** The end of the last one that was begun. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(configs: readonly AcmeConfig[], { clock, logger }: KeepersParts) {
    const obtain = (config: AcmeConfig, signal: AbortSignal) =>
      this.#inTurn(async () => {
        signal.throwIfAborted();
        const { obtainCertificate } = await import("./obtain.ts");
        return await obtainCertificate(config, { clock, signal });
      });
    const parts = { clock, logger, obtain, random: Math.random };
    this.#keepers = configs.map((config) => new Keeper(config, parts));
  }

  /**
   * Sees to it that every listener finds its files. No authority is asked.
   * @throws UserError with every problem
   */
  static async prepare(parts: KeepersParts): Promise<Keepers> {
    const configs = configsOf(parts.listeners);
    const keepers = new Keepers([...configs.keys()], parts);
    const problems: string[] = [];
    for (const [index, [{ cafile }, listener]] of [...configs].entries()) {
      try {
        if (cafile !== undefined) await readText(cafile);
        await keepers.#keepers[index]!.prepare();
      } catch (cause) {
        const where = `${
          parts.file === undefined ? "" : `${parts.file}: `
        }listeners.${listener}.acme`;
        problems.push(...problemsOf(cause).map((one) => `${where}: ${one}`));
      }
    }
    if (problems.length > 0) throw new UserError(problems);
    return keepers;
  }

  /** Looks now at all of them, and goes on by the clock. */
  check(): void {
    for (const keeper of this.#keepers) keeper.check();
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    await Promise.all(this.#keepers.map((keeper) => keeper.close()));
  }

  #inTurn(work: () => Promise<Certified>): Promise<Certified> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {}); // the keeper whose turn it is hears of it
    return done;
  }
}

/** Each section once, with the listener that has it first. */
function configsOf(listeners: readonly ListenerConfig[]): Map<AcmeConfig, string> {
  const configs = new Map<string, [AcmeConfig, string]>();
  for (const { name, tls } of listeners) {
    if (tls?.acme === undefined || configs.has(tls.acme.folder)) continue;
    configs.set(tls.acme.folder, [tls.acme, name]);
  }
  return new Map(configs.values());
}
