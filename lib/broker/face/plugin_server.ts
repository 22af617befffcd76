/** What a plugin of a broker asks for when it serves HTTP. Invariant: types only. */
import type { ByteStream } from "../../net/stream.ts";
import type { PluginContext } from "../../plugin/context.ts";
import type { HttpHandler, HttpOptions, HttpServer } from "../../plugin/management.ts";
import type { PeerOptions } from "../../plugin/types.ts";

/** What a plugin serves, and what it needs for that. */
export interface PluginServer {
  readonly context: Pick<PluginContext, "name" | "logger">;
  /** The plugin's in the configuration, for what is wrong with its options. */
  readonly key: string;
  readonly options: HttpOptions;
  readonly handler: HttpHandler;
  /** Serves MQTT; resolves when the connection is over. */
  accept(stream: ByteStream, peer: PeerOptions): Promise<void>;
}

/** Opens servers. */
export interface ServerOpener {
  /** @throws UserError where the address or a file cannot be used; its cause is what the system says */
  open(server: PluginServer): Promise<HttpServer>;
}
