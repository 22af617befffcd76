/**
 * All certificates that a broker gets itself. Invariants: listeners with the same section share one; one at a time is
 * fetched, for they share a port and the memory that it takes.
 */
import type { Clock } from "../clock.ts";
import type { AcmeConfig, ListenerConfig } from "../config/types.ts";
import type { Logger } from "../plugin/types.ts";
import { readText } from "../text_file.ts";
import { problemsOf } from "../user_error.ts";
import type { Certified } from "./certificates.ts";
import { Keeper } from "./keeper.ts";

/** What they need of their broker. */
export interface KeepersParts {
  /** Names the configuration in problems. */
  readonly file: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps them valid. */
export class Keepers {
  readonly #parts: KeepersParts;
  /** By the folder of the certificate. */
  readonly #keepers = new Map<string, Keeper>();
  /** The end of the last one that was begun. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: KeepersParts) {
    this.#parts = parts;
  }

  /**
   * Sees to it that every one of these listeners finds its files, and forgets what none of them needs. No authority is
   * asked before `check`.
   * @returns a line for each problem; with one, what was kept before is kept on
   */
  async follow(listeners: readonly ListenerConfig[]): Promise<string[]> {
    const wanted = configsOf(listeners);
    const problems: string[] = [];
    for (const [folder, [config, listener]] of wanted) {
      const before = this.#keepers.get(folder);
      if (before?.keeps(config)) continue;
      try {
        this.#keepers.set(folder, await this.#keeper(config));
        await before?.close();
      } catch (cause) {
        const { file } = this.#parts;
        const where = `${file === undefined ? "" : `${file}: `}listeners.${listener}.acme`;
        problems.push(...problemsOf(cause).map((one) => `${where}: ${one}`));
      }
    }
    if (problems.length === 0) await this.#forgetOthers(wanted);
    return problems;
  }

  /** Looks now at all of them, and goes on by the clock. */
  check(): void {
    for (const keeper of this.#keepers.values()) keeper.check();
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    await Promise.all([...this.#keepers.values()].map((keeper) => keeper.close()));
  }

  async #keeper(config: AcmeConfig): Promise<Keeper> {
    const { clock, logger } = this.#parts;
    if (config.cafile !== undefined) await readText(config.cafile);
    const obtain = (config: AcmeConfig, signal: AbortSignal) =>
      this.#inTurn(async () => {
        signal.throwIfAborted();
        const { obtainCertificate } = await import("./obtain.ts");
        return await obtainCertificate(config, { clock, signal });
      });
    const keeper = new Keeper(config, { clock, logger, obtain, random: Math.random });
    await keeper.prepare();
    return keeper;
  }

  async #forgetOthers(wanted: ReadonlyMap<string, unknown>): Promise<void> {
    for (const [folder, keeper] of this.#keepers) {
      if (wanted.has(folder)) continue;
      this.#keepers.delete(folder);
      await keeper.close();
    }
  }

  #inTurn(work: () => Promise<Certified>): Promise<Certified> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {}); // the keeper whose turn it is hears of it
    return done;
  }
}

/** Each section once, by its folder, with the listener that has it first. */
function configsOf(listeners: readonly ListenerConfig[]): Map<string, [AcmeConfig, string]> {
  const configs = new Map<string, [AcmeConfig, string]>();
  for (const { name, tls } of listeners) {
    if (tls?.acme === undefined || configs.has(tls.acme.folder)) continue;
    configs.set(tls.acme.folder, [tls.acme, name]);
  }
  return configs;
}
