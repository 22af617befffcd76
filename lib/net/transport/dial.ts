/**
 * From an address to an open byte stream, over every transport. TLS and WebSockets are imported when they are asked
 * for. Invariant: when the signal fires, nothing stays open.
 */
import { orAborted } from "../../wait.ts";
import type { ByteStream } from "../stream.ts";
import type { DialOptions } from "./dial_options.ts";
import { dialTcp } from "./tcp.ts";

/** Opens a stream to the broker; rejects with whatever the system says, or the signal's reason. */
export async function dial(options: DialOptions, signal: AbortSignal): Promise<ByteStream> {
  const { scheme, hostname, port, path } = options.address;
  signal.throwIfAborted();
  switch (scheme) {
    case "mqtt":
      return await dialTcp(hostname, port, signal);
    case "unix":
      return await dialUnix(path, signal);
    case "mqtts":
      return await (await import("./broker_tls.ts")).dialBrokerTls(options, signal);
    case "ws":
    case "wss":
      return await (await import("./ws_handshake.ts")).dialWebSocket(options, signal);
  }
}

function dialUnix(path: string, signal: AbortSignal): Promise<ByteStream> {
  return orAborted(Deno.connect({ transport: "unix", path }), signal, (late) => late.close());
}
