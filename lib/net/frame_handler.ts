/** Who owns a connection: it gets the frames, and hears of the end. */
import type { CloseReason } from "../wire/codes.ts";

/** What a connection asks of its owner. */
export interface FrameHandler {
  /** Handles the frame at `connection.inbound.cursor`; a promise makes the loop wait. */
  handleFrame(): void | Promise<void>;
  /**
   * Only a part of the next packet is here; `header` is its first byte. May throw what handleFrame may, or give a
   * promise that rejects so.
   */
  incomplete?(header: number): void | Promise<never>;
  /** The write buffer has room (again). */
  drained(): void;
  /** What the peer is owed has grown long: a promise is waited for before more is read. */
  behind?(): Promise<void> | undefined;
  /**
   * A frame that the peer is to get before the connection ends for this reason. Never throws.
   * @param error as `ended` has it
   */
  lastWord?(reason: CloseReason, error: Error | undefined): Uint8Array | undefined;
  /** The connection is over. `error` is what the peer did wrong, or what a handler failed with. */
  ended(reason: CloseReason, error: Error | undefined): void;
}
