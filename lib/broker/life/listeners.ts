/**
 * The open listeners of a broker. Used by Broker. Invariants: all are opened or none; a connection over a limit is
 * still answered (CONNACK 3) while few are, and closed at once when many are.
 */
import { messageOf, UserError } from "../../user_error.ts";
import type { ListenerConfig } from "../../config/types.ts";
import { type Accepted, TcpListener } from "../../net/listen/tcp.ts";
import type { ListenerView } from "../../plugin/types.ts";
import { Client, type ListenerInfo } from "../client.ts";
import type { Core } from "../core.ts";

/** So many connections over the limit get an answer. */
const ANSWERED_SURPLUS = 64;

interface OpenListener extends ListenerInfo {
  readonly config: ListenerConfig;
  readonly tcp: TcpListener;
  readonly running: Promise<void>;
}

/** Opens, accepts, closes. */
export class Listeners {
  readonly #core: Core;
  #open: OpenListener[] = [];

  constructor(core: Core) {
    this.#core = core;
  }

  get views(): ListenerView[] {
    return this.#open.map(({ config, tcp }) => ({
      name: config.name,
      type: config.type,
      address: tcp.hostname.includes(":")
        ? `[${tcp.hostname}]:${tcp.port}`
        : `${tcp.hostname}:${tcp.port}`,
      port: tcp.port,
    }));
  }

  /** Opens all; throws a UserError with every one that cannot be opened. */
  open(configs: readonly ListenerConfig[]): void {
    const problems: string[] = [];
    const opened: [ListenerConfig, TcpListener][] = [];
    for (const config of configs) {
      try {
        opened.push([config, new TcpListener(config.hostname, config.port)]);
      } catch (cause) {
        problems.push(this.#problem(config, cause));
      }
    }
    if (problems.length > 0) {
      for (const [, tcp] of opened) tcp.close();
      throw new UserError(problems);
    }
    this.#open = opened.map(([config, tcp]) => this.#serve(config, tcp));
  }

  /** Stops accepting. */
  async close(): Promise<void> {
    const open = this.#open;
    for (const { tcp } of open) tcp.close();
    await Promise.all(open.map(({ running }) => running));
    this.#open = [];
  }

  #serve(config: ListenerConfig, tcp: TcpListener): OpenListener {
    const failed = (cause: unknown) =>
      this.#core.logger.error(`listener ${config.name} cannot accept: ${describe(cause)}`);
    const listener: OpenListener = {
      name: config.name,
      type: config.type,
      config,
      tcp,
      connections: 0,
      running: tcp.run((accepted) => this.#accept(listener, accepted), failed),
    };
    return listener;
  }

  #accept(listener: OpenListener, accepted: Accepted): void {
    const { config } = listener;
    const { maxConnections } = this.#core.config.limits;
    const surplus = Math.max(
      this.#core.connections.size + 1 - maxConnections,
      listener.connections + 1 - config.maxConnections,
    );
    if (surplus > ANSWERED_SURPLUS) return accepted.stream.close();
    const client = new Client(this.#core, accepted, listener, surplus > 0);
    this.#core.connections.add(client);
    listener.connections++;
    client.connection.run();
  }

  #problem(config: ListenerConfig, cause: unknown): string {
    const { file } = this.#core.config;
    const where = `${file === undefined ? "" : `${file}: `}listeners.${config.name}.bind`;
    return `${where}: cannot listen on ${config.hostname}:${config.port}: ${describe(cause)}`;
  }
}

function describe(cause: unknown): string {
  if (cause instanceof Deno.errors.AddrInUse) return "the port is taken by another process";
  return messageOf(cause);
}
