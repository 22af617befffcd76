/** TCP to a server. Invariant: when the signal fires, nothing stays open. */
import { orAborted } from "../../wait.ts";
import type { ByteStream } from "../stream.ts";

/** Opens a TCP connection without Nagle's delay; rejects with what the system says, or the signal's reason. */
export async function dialTcp(
  hostname: string,
  port: number,
  signal: AbortSignal,
): Promise<ByteStream> {
  const connecting = Deno.connect({ hostname, port, signal });
  const stream = await orAborted(connecting, signal, (late) => late.close());
  stream.setNoDelay(true);
  return stream;
}
