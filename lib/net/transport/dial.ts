/**
 * From a URI to an open byte stream. Called by Client for each attempt, and by `midge bench`. TLS and WebSockets
 * are imported when they are asked for. Invariant: when the signal fires, nothing stays open.
 */
import type { ClientConfig } from "../../client/config_types.ts";
import type { ByteStream } from "../stream.ts";
import { abandonable, dialTcp } from "./tcp.ts";

/** What a transport needs of the configuration. */
export type DialConfig = Pick<ClientConfig, "endpoint" | "tls" | "headers">;

/** Opens a stream to the broker; rejects with whatever the system says, or the signal's reason. */
export async function dial(config: DialConfig, signal: AbortSignal): Promise<ByteStream> {
  const { scheme, hostname, port, path } = config.endpoint;
  signal.throwIfAborted();
  switch (scheme) {
    case "mqtt":
      return await dialTcp(hostname, port, signal);
    case "unix":
      return await abandonable(Deno.connect({ transport: "unix", path }), signal);
    case "mqtts":
      return await (await import("./tls.ts")).dialTls(config, signal);
    case "ws":
    case "wss":
      return await (await import("./ws_handshake.ts")).dialWebSocket(config, signal);
  }
}
