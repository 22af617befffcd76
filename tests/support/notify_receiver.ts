/**
 * The socket of a service manager that writes down what it is told (sd_notify(3)). A process of its own, for tests run
 * without --unstable-net. Invariant: it listens once `open` has resolved, and is gone when it is disposed.
 */
import { kill } from "./kill.ts";
import { within } from "./raw_client.ts";

const MAIN = new URL("./notify_receiver_main.ts", import.meta.url).pathname;

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/** A running one. */
export class NotifyReceiver implements AsyncDisposable {
  /** NOTIFY_SOCKET. */
  readonly address: string;
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncGenerator<string>;
  readonly #marks: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(address: string, child: Deno.ChildProcess) {
    this.address = address;
    this.#child = child;
    this.#lines = linesOf(child.stdout);
    this.#marks = child.stdin.getWriter();
  }

  /** @param address a path that is free, or `@name` */
  static async open(address: string): Promise<NotifyReceiver> {
    const args = ["run", "--no-prompt", "--no-check", "--unstable-net", "-A", MAIN, address];
    const child = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" })
      .spawn();
    const receiver = new NotifyReceiver(address, child);
    await receiver.next();
    return receiver;
  }

  /** The next datagram. */
  async next(): Promise<string> {
    const next = await within(this.#lines.next(), "a word to the manager");
    if (next.done) throw new Error("the receiver ended");
    return JSON.parse(next.value);
  }

  /** The next datagram with this line. */
  async nextWith(line: RegExp): Promise<string> {
    while (true) {
      const text = await this.next();
      if (line.test(text)) return text;
    }
  }

  /** Comes as a datagram behind all that were sent before. Call it when the mark before has come. */
  mark(text: string): Promise<void> {
    return this.#marks.write(new TextEncoder().encode(text));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    kill(this.#child);
    await this.#child.status;
    await this.#lines.return(undefined);
    await this.#marks.close().catch(() => {}); // the process is gone
  }
}
