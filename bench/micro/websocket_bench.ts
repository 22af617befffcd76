/**
 * The cost of WebSocket frames: `deno bench bench/micro/websocket_bench.ts`. Goal: taking the mask off 64 KiB costs no
 * more than copying them a few times.
 */
import { BufferPool } from "../../lib/net/buffer_pool.ts";
import type { ByteStream } from "../../lib/net/stream.ts";
import { applyMask, frameOf, Opcode } from "../../lib/net/transport/ws_frame.ts";
import { WebSocketStream } from "../../lib/net/transport/ws_frames.ts";

const LARGE = new Uint8Array(65_535);
const SMALL = new Uint8Array(64);
const INTO = new Uint8Array(65_536);
const SERVICES = { pool: new BufferPool(), pingInterval: Infinity };

/** Gives the same frames again and again. */
class Loop implements ByteStream {
  readonly #data: Uint8Array;
  #at = 0;

  constructor(frame: Uint8Array, count: number) {
    this.#data = new Uint8Array(frame.length * count);
    for (let i = 0; i < count; i++) this.#data.set(frame, i * frame.length);
  }

  read(into: Uint8Array): Promise<number> {
    const part = this.#data.subarray(this.#at, this.#at + into.length);
    into.set(part);
    this.#at = (this.#at + part.length) % this.#data.length;
    return Promise.resolve(part.length);
  }

  write(bytes: Uint8Array): Promise<number> {
    return Promise.resolve(bytes.length);
  }

  close(): void {}
}

Deno.bench("mask, 64 KiB", () => applyMask(LARGE, 0xa10b7fe4, 1));
Deno.bench("copy, 64 KiB", () => INTO.set(LARGE));

for (const [name, payload] of [["64 B", SMALL], ["64 KiB", LARGE]] as const) {
  for (const role of ["client", "server"] as const) {
    const frame = frameOf(Opcode.BINARY, payload, role === "server");
    const services = role === "server" ? SERVICES : undefined;
    const stream = new WebSocketStream(new Loop(frame, 100), role, new Uint8Array(0), services);
    Deno.bench(`${role} reads 1,000 times ${name}`, async () => {
      for (let left = payload.length * 1000; left > 0;) left -= (await stream.read(INTO))!;
    });
    Deno.bench(`${role} writes ${name}`, async () => void await stream.write(payload));
  }
}
