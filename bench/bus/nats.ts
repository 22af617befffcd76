/**
 * The least of NATS that carries batches: CONNECT, SUB, PUB, MSG, PONG (docs.nats.io, "NATS Client Protocol"). One
 * subject for each direction; a batch is one message.
 */
import type { OnBatch, Pipe } from "./pipe.ts";
import { Outgoing, type Stream } from "./socket.ts";

const TEXT = new TextEncoder();
const CRLF = TEXT.encode("\r\n");
const NEWLINE = 10;
const READ_SIZE = 262_144;

/** One end, on a connection that has just been made; it has subscribed when this resolves. */
export async function nats(
  stream: Stream,
  subjects: { readonly from: string; readonly to: string },
  onBatch: OnBatch,
): Promise<Pipe> {
  const outgoing = new Outgoing(stream);
  const push = (bytes: Uint8Array) => {
    const at = outgoing.room(bytes.length);
    outgoing.bytes.set(bytes, at);
  };
  const say = (text: string) => {
    push(TEXT.encode(text));
    outgoing.flush();
  };
  const subscribed = Promise.withResolvers<void>();
  const lines = new Lines({
    onBatch,
    line(text) {
      if (text.startsWith("PING")) say("PONG\r\n");
      else if (text.startsWith("PONG")) subscribed.resolve();
      else if (text.startsWith("-ERR")) subscribed.reject(new Error(text));
    },
  });
  readAll(stream, lines).catch(() => {}); // closed
  say(
    `CONNECT {"verbose":false,"pedantic":false,"echo":false}\r\nSUB ${subjects.from} 1\r\nPING\r\n`,
  );
  await subscribed.promise;
  return {
    send(batch) {
      push(TEXT.encode(`PUB ${subjects.to} ${batch.length}\r\n`));
      push(batch);
      push(CRLF);
      outgoing.flush();
    },
    close: () => stream.close(),
  };
}

async function readAll(stream: Stream, lines: Lines): Promise<void> {
  const buffer = new Uint8Array(READ_SIZE);
  for (let end = 0;;) {
    const count = await stream.read(buffer.subarray(end));
    if (count === null) return;
    end += count;
    const used = lines.take(buffer.subarray(0, end));
    buffer.copyWithin(0, used, end);
    end -= used;
  }
}

/** Who hears what the server says. */
interface Heard {
  onBatch: OnBatch;
  line(text: string): void;
}

/** Lines, and the payloads behind lines that begin with MSG. */
class Lines {
  readonly #heard: Heard;
  readonly #text = new TextDecoder();

  constructor(heard: Heard) {
    this.#heard = heard;
  }

  /** How many of these bytes were whole. */
  take(bytes: Uint8Array): number {
    for (let at = 0;;) {
      const end = bytes.indexOf(NEWLINE, at) + 1;
      if (end === 0) return at;
      const line = this.#text.decode(bytes.subarray(at, end - CRLF.length));
      if (!line.startsWith("MSG ")) {
        this.#heard.line(line);
        at = end;
        continue;
      }
      const length = Number(line.slice(line.lastIndexOf(" ") + 1));
      const next = end + length + CRLF.length;
      if (next > bytes.length) return at;
      this.#heard.onBatch(bytes.subarray(end, end + length));
      at = next;
    }
  }
}
