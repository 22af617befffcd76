/**
 * The open listeners of a broker. Invariant: all are opened or none; what comes in is handed to the core's connections.
 */
import { showAddress } from "../../config/overlap.ts";
import type { ListenerConfig } from "../../config/types.ts";
import type { Listener } from "../../net/listen/listener.ts";
import type { ListenerView } from "../../plugin/types.ts";
import { messageOf, UserError } from "../../user_error.ts";
import type { Door } from "../connections.ts";
import type { Core } from "../core.ts";
import { openListener } from "./open_listener.ts";

interface OpenListener {
  readonly door: Door;
  readonly listener: Listener;
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
    return this.#open.map(({ door: { name, type }, listener: { address, port } }) => ({
      name,
      type,
      address,
      port,
    }));
  }

  /** Opens all; rejects with a UserError that has every one that cannot be opened. */
  async open(configs: readonly ListenerConfig[]): Promise<void> {
    const problems: string[] = [];
    const opened: [ListenerConfig, Listener][] = [];
    for (const config of configs) {
      try {
        opened.push([config, await openListener(config)]);
      } catch (cause) {
        problems.push(this.#problem(config, cause, opened));
      }
    }
    if (problems.length > 0) {
      for (const [, listener] of opened) listener.close();
      throw new UserError(problems);
    }
    this.#open = opened.map(([config, listener]) => this.#serve(config, listener));
  }

  /** Stops accepting. */
  async close(): Promise<void> {
    const open = this.#open;
    for (const { listener } of open) listener.close();
    await Promise.all(open.map(({ running }) => running));
    this.#open = [];
  }

  #serve(
    { name, transport, maxConnections, tls }: ListenerConfig,
    listener: Listener,
  ): OpenListener {
    const { connections, logs } = this.#core;
    const certificateNames = tls && { username: tls.certAsUsername, clientId: tls.certAsClientid };
    const door: Door = {
      name,
      type: transport,
      maxConnections,
      connections: 0,
      certificateNames,
    };
    const running = listener.run(
      (incoming) => void connections.accept(incoming, door),
      (cause) => logs.faults.error(`listener ${name} cannot accept: ${messageOf(cause)}`),
    );
    return { door, listener, running };
  }

  #problem(
    config: ListenerConfig,
    cause: unknown,
    opened: readonly (readonly [ListenerConfig, Listener])[],
  ): string {
    const { file } = this.#core.config;
    const where = `${file === undefined ? "" : `${file}: `}listeners.${config.name}.bind`;
    const why = cause instanceof Deno.errors.AddrInUse
      ? whoTakes(config.port, opened)
      : whyNot(cause, config);
    const address = config.socketFile?.path ?? showAddress(config);
    return `${where}: cannot listen on ${address}: ${why}`;
  }
}

function whyNot(cause: unknown, { hostname }: ListenerConfig): string {
  const isLinkLocal = /^fe[89ab][0-9a-f]:/i.test(hostname) && !hostname.includes("%");
  return isLinkLocal && Object(cause).code === "EINVAL"
    ? `a link-local address needs its interface: [${hostname}%eth0]`
    : messageOf(cause);
}

/** A name such as localhost may stand for the address of another listener of ours. */
function whoTakes(
  port: number,
  opened: readonly (readonly [ListenerConfig, Listener])[],
): string {
  const own = opened.find(([, listener]) => listener.port === port);
  if (own === undefined) return "the port is taken by another process";
  const [{ name, hostname }] = own;
  return `the port is taken by listener ${name} (${hostname}), or by another process`;
}
