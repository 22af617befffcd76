/**
 * The far end of a pipe, as a process (unix, tcp, nats) or as a Worker: it counts what comes, acknowledges it and answers.
 */
import { answer } from "./traffic.ts";
import { messagePort, type PortLike } from "./message_port.ts";
import type { OnBatch, Pipe } from "./pipe.ts";
import { sharedRing } from "./shared_ring.ts";
import { openStream } from "./transports.ts";

/** Reads batches and answers through the pipe that `open` makes. */
async function serve(open: (onBatch: OnBatch) => Pipe | Promise<Pipe>): Promise<void> {
  let far: OnBatch = () => {};
  const pipe = await open((batch) => far(batch));
  far = answer(pipe);
}

const inWorker = !("document" in globalThis) && "postMessage" in globalThis;
const scope = globalThis as unknown as PortLike & { onmessage: PortLike["onmessage"] };

if (inWorker) {
  scope.onmessage = ({ data }: MessageEvent) => {
    serve((onBatch) =>
      data.memory === undefined
        ? messagePort(scope, onBatch, () => {})
        : sharedRing(data.memory, false, onBatch)
    ).then(() => {
      if (data.memory !== undefined) scope.onmessage = null;
      scope.postMessage("ready", []);
    });
  };
} else {
  const [transport, address] = Deno.args;
  await serve((onBatch) => openStream(transport!, address!, false, onBatch));
}
