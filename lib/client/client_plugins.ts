/**
 * A client's plugins: the host of the broker, with the packet events. They are loaded before the first connection
 * and disposed of when the client is closed. Invariant: nothing is imported for plugins that would do nothing.
 */
import { onlyLogsAt } from "../config/plugins.ts";
import type { PluginConfig } from "../config/types.ts";
import { loggerFor } from "../log/logger.ts";
import type { Observers } from "../plugin/hooks.ts";
import type { PluginHost } from "../plugin/host.ts";
import type { Packet } from "../wire/packets.ts";
import type { ClientContextOwner } from "./plugin_context.ts";

/** The plugins of one client. */
export class ClientPlugins {
  readonly #owner: ClientContextOwner;
  readonly #clientId: string;
  #host: PluginHost | undefined;
  #observers: Observers | undefined;

  constructor(owner: ClientContextOwner, clientId: string) {
    this.#owner = owner;
    this.#clientId = clientId;
  }

  /** Called with every packet that came; undefined while no plugin asks for them. */
  get packetReceived(): ((packet: Packet) => void) | undefined {
    const observe = this.#observers?.packetReceived;
    return observe && ((packet) => observe({ clientId: this.#clientId, packet }));
  }

  /** Called with every packet that goes. */
  get packetSent(): ((packet: Packet) => void) | undefined {
    const observe = this.#observers?.packetSent;
    return observe && ((packet) => observe({ clientId: this.#clientId, packet }));
  }

  /** Sets the plugins up unless they are; throws UserError. */
  async load(): Promise<void> {
    if (this.#host !== undefined) return;
    const { config } = this.#owner;
    const wanted = config.plugins.filter((plugin) => !isSilent(plugin));
    if (wanted.length === 0) return;
    const { PluginHost } = await import("../plugin/host.ts");
    const { makeObservers } = await import("../plugin/hooks.ts");
    const { ClientContextFactory } = await import("./plugin_context.ts");
    const host = new PluginHost(new ClientContextFactory(this.#owner), config.file);
    await host.load(wanted);
    this.#host = host;
    this.#observers = makeObservers(host.plugins);
  }

  async dispose(): Promise<void> {
    await this.#host?.dispose();
    this.#host = this.#observers = undefined;
  }
}

/** A logger that is on by default is not even imported where no one would read its lines. */
function isSilent(plugin: PluginConfig): boolean {
  const level = onlyLogsAt(plugin);
  return level !== undefined && !loggerFor("client", "plugins", plugin.name).isEnabledFor(level);
}
