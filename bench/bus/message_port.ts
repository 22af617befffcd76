/** A MessagePort between a program and its Worker: each batch is a copy of its own, whose buffer is transferred. */
import type { OnBatch, Pipe } from "./pipe.ts";

/** What a Worker and its own scope have in common. */
export interface PortLike {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

/** One end. */
export function messagePort(port: PortLike, onBatch: OnBatch, close: () => void): Pipe {
  port.onmessage = ({ data }: MessageEvent) => onBatch(data as Uint8Array);
  return {
    send(batch) {
      const copy = batch.slice();
      port.postMessage(copy, [copy.buffer]);
    },
    close,
  };
}
