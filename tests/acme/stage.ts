/** What the tests of ACME share: a folder, a section of the configuration, keepers with a log that can be read. */
import { assertEquals } from "@std/assert";
import type { Clock } from "../../lib/clock.ts";
import { SYSTEM_CLOCK } from "../../lib/clock.ts";
import { Keepers } from "../../lib/acme/keepers.ts";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import type { AcmeConfig, ListenerConfig } from "../../lib/config/types.ts";
import type { Logger } from "../../lib/plugin/types.ts";
import { until } from "../support/until.ts";

/** A logger whose lines a test reads: `info: ...`. */
export class Lines {
  readonly all: string[] = [];
  readonly logger: Logger;

  constructor() {
    const note = (level: string) => (message: string) => void this.all.push(`${level}: ${message}`);
    this.logger = {
      debug: note("debug"),
      info: note("info"),
      warn: note("warning"),
      error: note("error"),
      isEnabledFor: () => true,
    };
  }

  /** Those that have this text. */
  with(text: string): string[] {
    return this.all.filter((line) => line.includes(text));
  }

  /** Waits until one more line has this text than there were. */
  async next(text: string, before = this.with(text).length): Promise<string> {
    await until(
      () => this.with(text).length > before,
      `a line with "${text}" among ${JSON.stringify(this.all)}`,
    );
    return this.with(text).at(-1)!;
  }
}

/** A folder for what a broker writes, gone afterwards. */
export class DataDir implements AsyncDisposable {
  readonly path: string = Deno.makeTempDirSync({ prefix: "midge_acme_" });

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** The listeners of a broker with this section on a listener called secure. */
export function listenersWith(
  dataDir: string,
  acme: Readonly<Record<string, unknown>>,
): readonly ListenerConfig[] {
  const listeners = { secure: { bind: "127.0.0.1:0", ssl: true, acme } };
  return normalizeConfig({ listeners }, { directory: "/", dataDir }).listeners;
}

/** The section as the broker uses it. */
export function acmeWith(dataDir: string, acme: Readonly<Record<string, unknown>>): AcmeConfig {
  return listenersWith(dataDir, acme)[0]!.tls!.acme!;
}

/** Keepers that have begun; use `await using`. */
export class Keeping implements AsyncDisposable {
  readonly lines: Lines;
  readonly acme: AcmeConfig;
  readonly #keepers: Keepers;

  private constructor(lines: Lines, acme: AcmeConfig, keepers: Keepers) {
    this.lines = lines;
    this.acme = acme;
    this.#keepers = keepers;
  }

  static async start(
    dataDir: string,
    acme: Readonly<Record<string, unknown>>,
    clock: Clock = SYSTEM_CLOCK,
  ): Promise<Keeping> {
    const lines = new Lines();
    const listeners = listenersWith(dataDir, acme);
    const keepers = new Keepers({ file: "c.yaml", clock, logger: lines.logger });
    assertEquals(await keepers.follow(listeners), []);
    keepers.check();
    return new Keeping(lines, listeners[0]!.tls!.acme!, keepers);
  }

  /** The text of one of its files. */
  read(name: "cert.pem" | "key.pem" | "state.json"): Promise<string> {
    return Deno.readTextFile(`${this.acme.folder}/${name}`);
  }

  check(): void {
    this.#keepers.check();
  }

  /** What a reload with this section does; a line for each problem. */
  async follow(dataDir: string, acme: Readonly<Record<string, unknown>>): Promise<string[]> {
    const problems = await this.#keepers.follow(listenersWith(dataDir, acme));
    this.#keepers.check();
    return problems;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keepers.close();
  }
}
