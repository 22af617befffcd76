/**
 * The HTTP servers of a broker's plugins, on listeners of the house. Invariants: a server's listener is opened when its
 * plugin asks for it; a plugin that is set up anew takes over the address of the one before it; a broker that is only
 * checked opens none.
 */
import { readHttpListener } from "../../config/listeners.ts";
import { showAddress } from "../../config/overlap.ts";
import { Problems } from "../../config/problems.ts";
import type { ListenerConfig } from "../../config/types.ts";
import type { ShownCertificate } from "../../net/listen/listener.ts";
import { ListenerKeyError } from "../../net/listen/listener_error.ts";
import type { HttpServer } from "../../plugin/management.ts";
import { SteadyLogger } from "../../plugin/steady_logger.ts";
import { messageOf, UserError } from "../../user_error.ts";
import type { Core } from "../core.ts";
import type { PluginServer, ServerOpener } from "../face/plugin_server.ts";
import { HttpAddress } from "./http_address.ts";
import { openListener } from "./open_listener.ts";

const DEFAULT_CONNECTIONS = 100;
const DEFAULT_BODY = 1024 * 1024;

/** What plugins serve. */
export class HttpServers implements ServerOpener {
  readonly #core: Core;
  /** By plugin and address. */
  readonly #open = new Map<string, HttpAddress>();
  /** Set for a broker that opens nothing. */
  isOnlyChecked = false;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Opens one.
   * @throws UserError where the address or a file cannot be used; its cause is what the system says
   */
  async open(server: PluginServer): Promise<HttpServer> {
    const config = this.#configOf(server);
    if (this.isOnlyChecked) return await this.#check(server, config);
    const { maxConnections = DEFAULT_CONNECTIONS, maxBody = DEFAULT_BODY } = server.options;
    const { handler, accept, context: { logger } } = server;
    const { clock } = this.#core;
    const log = new SteadyLogger(logger, { now: () => clock.now() }, "lines");
    const serving = { handler, accept, log, clock, config, maxConnections, maxBody };
    try {
      return await this.#addressOf(server, config).add(serving);
    } catch (cause) {
      throw this.#problem(server, config, cause);
    }
  }

  /** Every listener reads its files again; a line for each problem: what was there before holds. */
  async update(): Promise<string[]> {
    const lines: string[] = [];
    for (const [where, one] of this.#open) {
      const [key = ""] = where.split(" ");
      lines.push(...(await one.update()).map((line) => this.#line(key, line)));
    }
    return lines;
  }

  /** What they show, by their plugin. */
  *certificates(): Generator<[plugin: string, ShownCertificate]> {
    for (const [where, { certificates = [] }] of this.#open) {
      for (const one of certificates) yield [`${where.split(" ")[0]}`, one];
    }
  }

  /** Closes all with their connections. */
  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((one) => one.close()));
  }

  /** Who asks for any free port does not ask for one that is open. */
  #addressOf({ key }: PluginServer, config: ListenerConfig): HttpAddress {
    const where = `${key} ${config.port === 0 ? crypto.randomUUID() : showAddress(config)}`;
    const known = this.#open.get(where);
    if (known !== undefined) return known;
    const { clock, logger, net } = this.#core;
    const services = { clock, log: logger, pause: () => net.turn.pause() };
    const address = new HttpAddress(
      (config) => openListener(config, services),
      () => this.#open.delete(where),
    );
    this.#open.set(where, address);
    return address;
  }

  async #check({ key }: PluginServer, config: ListenerConfig): Promise<HttpServer> {
    if (config.tls !== undefined) {
      const { checkTls }: typeof import("../../net/listen/tls_check.ts") = await import(
        new URL("../../net/listen/tls_check.ts", import.meta.url).href
      );
      const { problems } = await checkTls(config, this.#core.clock.epoch());
      if (problems.length > 0) throw new UserError(problems.map((line) => this.#line(key, line)));
    }
    const url = `http${config.tls === undefined ? "" : "s"}://${showAddress(config)}`;
    return { url, port: config.port, close: () => Promise.resolve() };
  }

  #configOf({ key, options }: PluginServer): ListenerConfig {
    const { file, directory, dataDir } = this.#core.config;
    const problems = new Problems(file);
    const { bind, certfile, keyfile, keyPassphrase } = options;
    const tls = { certfile, keyfile, key_passphrase: keyPassphrase };
    const given = Object.entries(tls).filter(([, value]) => value !== undefined);
    const raw = { bind, ...(given.length > 0 && { ssl: true }), ...Object.fromEntries(given) };
    const config = readHttpListener(["plugins", key], raw, { directory, dataDir }, problems);
    problems.throwIfAny();
    return config;
  }

  #problem({ key }: PluginServer, config: ListenerConfig, cause: unknown): UserError {
    if (cause instanceof ListenerKeyError) {
      const ownKey = (line: string) => line.replace(/^ssl:/, "certfile:"); // what plugins have for it
      return new UserError(cause.problems.map((line) => this.#line(key, ownKey(line))), { cause });
    }
    const why = cause instanceof Deno.errors.AddrInUse ? "the port is taken" : messageOf(cause);
    const line = `bind: cannot listen on ${showAddress(config)}: ${why}`;
    return new UserError(this.#line(key, line), { cause });
  }

  /** A line about an option of a plugin: `FILE: plugins.KEY.OPTION: WHAT`. */
  #line(key: string, line: string): string {
    const { file } = this.#core.config;
    return `${file === undefined ? "" : `${file}: `}plugins.${key}.${line}`;
  }
}
