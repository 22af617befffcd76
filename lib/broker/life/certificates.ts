/**
 * The certificates that a broker gets itself. Invariant: nothing of lib/acme is loaded where no listener asks for it.
 */
import type { Keepers } from "../../acme/keepers.ts";
import type { ListenerConfig } from "../../config/types.ts";
import { loggerFor } from "../../log/logger.ts";
import type { Core } from "../core.ts";

/** Those of its listeners. */
export class OwnCertificates {
  readonly #core: Core;
  #keepers: Keepers | undefined;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Sees to it that these listeners find their files; what none of them needs is kept no longer.
   * @returns a line for each problem
   */
  async follow(listeners: readonly ListenerConfig[]): Promise<string[]> {
    const isIdle = listeners.every(({ tls }) => tls?.acme === undefined);
    if (this.#keepers === undefined && isIdle) return [];
    const { config: { file }, clock } = this.#core;
    const { Keepers }: typeof import("../../acme/keepers.ts") = await import(
      new URL("../../acme/keepers.ts", import.meta.url).href
    );
    this.#keepers ??= new Keepers({ file, clock, logger: loggerFor("acme") });
    return await this.#keepers.follow(listeners);
  }

  /** Looks now whether new ones are due, and goes on by the clock. */
  check(): void {
    this.#keepers?.check();
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    await this.#keepers?.close();
  }
}
