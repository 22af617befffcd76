/**
 * Micro-benchmarks of the way acknowledgements go out: `deno task bench:micro`. What the first two differ by is what the
 * queue costs while nothing is held. An iteration sends BATCH of them, about what one read of 64 KiB with PUBLISH
 * packets asks for, and has them written.
 */
import { BufferPool } from "../../lib/net/buffer_pool.ts";
import { FlushQueue } from "../../lib/net/flush_queue.ts";
import { Outbound } from "../../lib/net/outbound.ts";
import { type ByteStream, Traffic } from "../../lib/net/stream.ts";
import { WriteBudget } from "../../lib/net/write_budget.ts";
import { AckQueue } from "../../lib/net/ack_queue.ts";

const BATCH = 700;
const PUBACK = 0x40;

/** Takes everything at once. */
const stream: ByteStream = {
  read: () => Promise.resolve(null),
  write: (bytes) => Promise.resolve(bytes.length),
  close: () => {},
};

function makeOutbound(): Outbound {
  const owner = { stream, writeFailed: () => {}, drained: () => {} };
  const budget = new WriteBudget(Infinity);
  return new Outbound(owner, new BufferPool(), new FlushQueue(), new Traffic(), budget, 1_048_576);
}

/** As `acks` are pushed by the packets that come in. */
async function send(outbound: Outbound, acks: Pick<Outbound, "pushAck">): Promise<void> {
  for (let i = 1; i <= BATCH; i++) acks.pushAck(PUBACK, i);
  await left(outbound);
}

/** All of them are written. */
async function left(outbound: Outbound): Promise<void> {
  await outbound.whenIdle();
  if (outbound.written !== BATCH * 4) throw new Error(`${outbound.written} bytes written`);
  outbound.written = 0;
}

const direct = makeOutbound();
Deno.bench(
  "700 PUBACK: straight to the connection",
  { group: "acks", baseline: true },
  async () => {
    await send(direct, direct);
  },
);

const queued = makeOutbound();
const queue = new AckQueue(queued);
Deno.bench("700 PUBACK: through the queue, nothing held", { group: "acks" }, async () => {
  await send(queued, queue);
});

const behind = makeOutbound();
const held = new AckQueue(behind);
Deno.bench("700 PUBACK: behind one hold, released at the end", { group: "acks" }, async () => {
  const hold = held.hold();
  for (let i = 1; i <= BATCH; i++) held.pushAck(PUBACK, i);
  hold.release();
  await left(behind);
});
