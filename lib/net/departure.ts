/**
 * How a connection leaves that has a last word to its peer. Invariants: the word goes behind what waits, whole or not at
 * all; each step is bounded in time; a peer that takes no bytes is left without it.
 */
import { messageOf } from "../user_error.ts";
import { withDeadline } from "../wait.ts";
import type { CloseReason } from "../wire/codes.ts";
import type { Outbound } from "./outbound.ts";
import { type ByteStream, leave } from "./stream.ts";

/** How long what waits may take to leave, milliseconds. */
export const LINGER_MS = 1000;
/** How long a peer may go on sending before the connection is cut, milliseconds, and what of that is read, bytes. */
const SWALLOW_MS = 250;
const SWALLOWED = 1024 * 1024;
const BUFFER_SIZE = 16_384;

/**
 * Says the last word and ends the stream; never rejects.
 * @param mayHaveMore bytes may have come that no one will read: a close on top of them would take the word back
 */
export async function sayAndLeave(
  { stream, outbound }: { readonly stream: ByteStream; readonly outbound: Outbound },
  word: Uint8Array,
  reason: CloseReason,
  mayHaveMore: boolean,
): Promise<void> {
  const isSaid = await withDeadline(outbound.finish(word), LINGER_MS);
  outbound.close();
  if (isSaid && mayHaveMore && stream.closeWrite !== undefined) {
    await withDeadline(swallow(stream).catch(() => {}), SWALLOW_MS); // it has gone
  }
  await leave(stream, reason);
}

/** Reads what the peer still sends, until it has heard the word and goes. */
async function swallow(stream: ByteStream): Promise<void> {
  await stream.closeWrite?.();
  const buffer = new Uint8Array(BUFFER_SIZE);
  for (let read = 0; read < SWALLOWED;) {
    const count = await stream.read(buffer);
    if (count === null) return;
    read += count;
  }
}

/** A reason that no packet carries: the connection is gone. */
export function lost(text: string): CloseReason {
  return { code: undefined, text };
}

/** The same in words for what a read or write failed with. */
export function lossOf(error: unknown): CloseReason {
  if (error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe) {
    return lost("connection reset by the peer");
  }
  return lost(messageOf(error));
}
