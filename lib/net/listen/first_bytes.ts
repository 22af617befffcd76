/**
 * The first bytes of a socket of node:net, before anyone else reads it. Invariant: what was looked at and not taken is
 * read again by who reads the socket next.
 */
import type { Socket } from "node:net";
import { joined } from "../../io.ts";
import { PeerLeftError } from "./peer_left.ts";

/**
 * Reads until `look` knows enough, and puts back what it has not taken.
 * @param look gets all bytes so far; undefined: more are needed. What it throws rejects.
 * @returns what `look` gave
 */
export function readFirst<Answer>(
  socket: Socket,
  look: (bytes: Uint8Array) => { readonly answer: Answer; readonly taken: number } | undefined,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  let bytes: Uint8Array = new Uint8Array(0);
  const onReadable = () => {
    const chunk: Uint8Array | null = socket.read();
    if (chunk === null) return;
    bytes = bytes.length === 0 ? chunk : joined([bytes, chunk]);
    try {
      const seen = look(bytes);
      if (seen === undefined) return;
      stop();
      if (seen.taken < bytes.length) socket.unshift(bytes.subarray(seen.taken));
      resolve(seen.answer);
    } catch (cause) {
      stop();
      reject(cause);
    }
  };
  const onEnd = () => (stop(), reject(new PeerLeftError()));
  const onError = (cause: Error) => (stop(), reject(cause));
  const stop = () => {
    socket.off("readable", onReadable).off("end", onEnd).off("close", onEnd).off("error", onError);
  };
  socket.on("readable", onReadable).on("end", onEnd).on("close", onEnd).on("error", onError);
  return promise;
}
