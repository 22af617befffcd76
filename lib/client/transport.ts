/**
 * From a URI to an open byte stream: TCP and Unix sockets here, TLS and WebSockets in files of their own,
 * imported when they are asked for. Called by Client for each attempt. Invariant: when the signal fires,
 * nothing stays open.
 */
import type { ClientConfig } from "../config/client_types.ts";
import type { ByteStream } from "../net/stream.ts";

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
      return await (await import("./websocket.ts")).dialWebSocket(config, signal);
  }
}

async function dialTcp(hostname: string, port: number, signal: AbortSignal): Promise<ByteStream> {
  const stream = await Deno.connect({ hostname, port, signal });
  stream.setNoDelay(true);
  return stream;
}

/** What is being opened, or the signal's reason; what opens too late is closed. */
export async function abandonable<Stream extends ByteStream>(
  opening: Promise<Stream>,
  signal: AbortSignal,
): Promise<Stream> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([opening, aborted]);
  } catch (error) {
    // Whether it failed or came too late, nobody has use for it.
    opening.then((stream) => stream.close(), () => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
