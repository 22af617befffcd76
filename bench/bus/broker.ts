/**
 * One broker of several on a bus of Unix sockets, for `deno task bench:bus`: `broker.ts NUMBER MEMBERS FOLDER PORT`. One
 * member alone has no bus.
 */
import { SYSTEM_CLOCK } from "../../lib/clock.ts";
import { Link } from "../../lib/bus/link.ts";
import { MeshBus } from "../../lib/bus/mesh.ts";
import { bodyLength, HEAD } from "../../lib/bus/frames.ts";
import { Broker } from "../../mod.ts";

const [number, members, folder, port] = [
  Number(Deno.args[0]),
  Number(Deno.args[1]),
  Deno.args[2]!,
  Deno.args[3]!,
];
/** Bytes that may wait before publishers do. */
const ENOUGH = 1 << 20;

class SocketLink extends Link {
  readonly #conn: Deno.Conn;
  #spare: Uint8Array = new Uint8Array(65_536);
  #isWriting = false;
  #room: PromiseWithResolvers<void> | undefined;

  constructor(conn: Deno.Conn) {
    super();
    this.#conn = conn;
  }

  override flush(): void {
    if (!this.#isWriting) this.#write().catch(() => {});
  }

  override get isFull(): boolean {
    return this.length >= ENOUGH;
  }

  override whenRoom(): Promise<void> {
    return (this.#room ??= Promise.withResolvers()).promise;
  }

  override close(): Promise<void> {
    this.#conn.close();
    return Promise.resolve();
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.length > 0) {
      const spare = this.bytes;
      const out = this.take(this.#spare);
      for (let at = 0; at < out.length;) at += await this.#conn.write(out.subarray(at));
      this.#spare = spare;
      this.#room?.resolve();
      this.#room = undefined;
    }
    this.#isWriting = false;
  }
}

async function readAll(bus: MeshBus, from: number, conn: Deno.Conn): Promise<void> {
  let buffer = new Uint8Array(65_536);
  for (let end = 0;;) {
    const count = await conn.read(buffer.subarray(end));
    if (count === null) break;
    end += count;
    let whole = 0;
    for (;;) {
      const length = bodyLength(buffer, whole, end);
      if (length === undefined || whole + HEAD + length > end) break;
      whole += HEAD + length;
    }
    if (whole > 0) {
      const waiting = bus.receive(from, buffer.subarray(0, whole));
      if (waiting !== undefined) await waiting;
      buffer.copyWithin(0, whole, end);
      end -= whole;
    }
    if (end === buffer.length) {
      const larger = new Uint8Array(2 * end);
      larger.set(buffer);
      buffer = larger;
    }
  }
  await bus.lost(from);
}

/** Lower numbers are dialled, higher ones dial. */
async function connectAll(bus: MeshBus): Promise<void> {
  const use = (other: number, conn: Deno.Conn) => {
    bus.connect(other, new SocketLink(conn));
    readAll(bus, other, conn).catch(() => {});
  };
  const listener = Deno.listen({ transport: "unix", path: `${folder}/${number}.sock` });
  for (let other = 0; other < number; other++) {
    for (;;) {
      try {
        const conn = await Deno.connect({ transport: "unix", path: `${folder}/${other}.sock` });
        await conn.write(new Uint8Array([number]));
        use(other, conn);
        break;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }
  for (let waiting = members - 1 - number; waiting > 0; waiting--) {
    const conn = await listener.accept();
    const name = new Uint8Array(1);
    await conn.read(name);
    use(name[0]!, conn);
  }
}

let bus: MeshBus | undefined;
if (members > 1) {
  bus = new MeshBus(number, members);
  await connectAll(bus);
}
const broker = new Broker(
  { listeners: { default: { bind: `127.0.0.1:${port}` } }, plugins: { auth_anonymous: null } },
  SYSTEM_CLOCK,
  { bus },
);
await broker.start();
