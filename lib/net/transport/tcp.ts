/**
 * TCP to the broker, and the waiting for whatever is being opened. Used by the transports. Invariant: when the
 * signal fires, nothing stays open.
 */
import type { ByteStream } from "../stream.ts";

/** Opens a TCP connection without Nagle's delay. */
export async function dialTcp(
  hostname: string,
  port: number,
  signal: AbortSignal,
): Promise<ByteStream> {
  const stream = await abandonable(Deno.connect({ hostname, port, signal }), signal);
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
