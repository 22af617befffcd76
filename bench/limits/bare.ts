/**
 * `bare.ts PORT [TLS_PORT CERTIFICATE KEY]`: what Deno itself costs. It reads, hands on and acknowledges the same bytes
 * by the same frames as a broker, and does nothing that a broker does: no sessions, no checks, no packet ids of its own,
 * no resending, no limits. Invariant: all that one read brings leaves in one write per connection, one under way at a time.
 */
const PUBLISH = 3;
const READ_BYTES = 65_536;
const CONNACK = Uint8Array.of(0x20, 2, 0, 0);
/** What answers a frame of four bytes of this type, with the same packet id. */
const ANSWERS: Readonly<Record<number, number>> = { 5: 0x62, 6: 0x70 };
const TEXT = new TextDecoder();

/** Connections by the filter that they have subscribed to. */
const subscribers = new Map<string, Peer[]>();
const dirty: Peer[] = [];

/** One connection. */
class Peer {
  readonly #connection: Deno.Conn;
  readonly #in = new Uint8Array(READ_BYTES);
  #end = 0;
  #out = new Uint8Array(1024);
  #other = new Uint8Array(1024);
  #length = 0;
  #isWriting = false;
  #isDirty = false;
  /** Who gets what this one publishes; undefined: it has not published. */
  #targets: readonly Peer[] | undefined;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  async run(): Promise<void> {
    for (;;) {
      const count = await this.#connection.read(
        this.#end === 0 ? this.#in : this.#in.subarray(this.#end),
      );
      if (count === null) break;
      this.#end += count;
      this.#chunk();
      for (const peer of dirty) peer.#flush();
      dirty.length = 0;
    }
    for (const [filter, peers] of subscribers) {
      subscribers.set(filter, peers.filter((peer) => peer !== this));
    }
    this.#connection.close();
  }

  /** All whole frames; messages in a row are handed on in one piece. */
  #chunk(): void {
    const bytes = this.#in;
    let at = 0;
    let runFrom = -1;
    for (let next = endOf(bytes, at, this.#end); next > 0; next = endOf(bytes, at, this.#end)) {
      if (bytes[at]! >> 4 === PUBLISH) {
        if (runFrom < 0) runFrom = at;
        this.#acknowledge(at);
      } else {
        if (runFrom >= 0) this.#handOn(runFrom, at);
        runFrom = -1;
        this.#answer(at, next);
      }
      at = next;
    }
    if (runFrom >= 0) this.#handOn(runFrom, at);
    bytes.copyWithin(0, at, this.#end);
    this.#end -= at;
  }

  #handOn(from: number, to: number): void {
    const run = this.#in.subarray(from, to);
    this.#targets ??= targetsOf(topicAt(this.#in, from));
    for (const target of this.#targets) target.#push(run);
  }

  #acknowledge(at: number): void {
    const bytes = this.#in;
    const qos = bytes[at]! >> 1 & 3;
    if (qos === 0) return;
    const body = bodyOf(bytes, at);
    const id = body + 2 + (bytes[body]! << 8 | bytes[body + 1]!);
    this.#pushAck(qos === 1 ? 0x40 : 0x50, bytes[id]!, bytes[id + 1]!);
  }

  #answer(at: number, end: number): void {
    const bytes = this.#in;
    const type = bytes[at]! >> 4;
    const answer = ANSWERS[type];
    if (answer !== undefined) return this.#pushAck(answer, bytes[at + 2]!, bytes[at + 3]!);
    if (type === 1) this.#push(CONNACK);
    else if (type === 8) {
      const body = bodyOf(bytes, at);
      const filter = TEXT.decode(bytes.subarray(body + 4, end - 1));
      subscribers.set(filter, [...subscribers.get(filter) ?? [], this]);
      this.#push(Uint8Array.of(0x90, 3, bytes[body]!, bytes[body + 1]!, bytes[end - 1]!));
    }
  }

  #push(frames: Uint8Array): void {
    const at = this.#reserve(frames.length);
    this.#out.set(frames, at);
  }

  #pushAck(header: number, high: number, low: number): void {
    const at = this.#reserve(4);
    const out = this.#out;
    out[at] = header;
    out[at + 1] = 2;
    out[at + 2] = high;
    out[at + 3] = low;
  }

  #reserve(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#out.length) {
      const larger = new Uint8Array(this.#length * 2);
      larger.set(this.#out.subarray(0, at));
      this.#out = larger;
    }
    if (!this.#isDirty) dirty.push(this);
    this.#isDirty = true;
    return at;
  }

  #flush(): void {
    this.#isDirty = false;
    if (!this.#isWriting) this.#write().catch(() => {});
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#length > 0) {
      let rest = this.#out.subarray(0, this.#length);
      [this.#out, this.#other] = [this.#other, this.#out];
      this.#length = 0;
      while (rest.length > 0) {
        const count = await this.#connection.write(rest);
        rest = rest.subarray(count);
      }
    }
    this.#isWriting = false;
  }
}

/** Behind the frame that begins at `at`; 0: not all of it is here. */
function endOf(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < 2) return 0;
  const first = bytes[at + 1]!;
  if (first > 127 && end - at < 3) return 0;
  const length = first < 128 ? 2 + first : 3 + (first & 127 | bytes[at + 2]! << 7);
  return at + length <= end ? at + length : 0;
}

/** Behind the fixed header. Packets of the loads are shorter than 16 KiB. */
function bodyOf(bytes: Uint8Array, at: number): number {
  return bytes[at + 1]! < 128 ? at + 2 : at + 3;
}

function topicAt(bytes: Uint8Array, at: number): string {
  const body = bodyOf(bytes, at);
  return TEXT.decode(bytes.subarray(body + 2, body + 2 + (bytes[body]! << 8 | bytes[body + 1]!)));
}

/** Of the filters that the loads have: the topic itself, or its parent with a `#` or a `+`. */
function targetsOf(topic: string): readonly Peer[] {
  const parent = topic.slice(0, topic.lastIndexOf("/"));
  const filters = [topic, `${parent}/#`, `${parent}/+`];
  return filters.map((filter) => subscribers.get(filter)).find((peers) => peers !== undefined) ??
    [];
}

async function serve(listener: Deno.Listener<Deno.TcpConn | Deno.TlsConn>): Promise<void> {
  for await (const connection of listener) {
    if ("setNoDelay" in connection) connection.setNoDelay(true);
    new Peer(connection).run().catch(() => connection.close());
  }
}

const [port, tlsPort, certificate, key] = Deno.args;
const at = (port: string) => ({ hostname: "127.0.0.1", port: Number(port) });
serve(Deno.listen(at(port!)));
if (tlsPort !== undefined) {
  const [cert, keyText] = [certificate!, key!].map((file) => Deno.readTextFileSync(file));
  serve(Deno.listenTls({ ...at(tlsPort), cert: cert!, key: keyText! }));
}
