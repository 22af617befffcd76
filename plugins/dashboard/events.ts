/**
 * Streams as server-sent events. Invariants: an event is taken from the broker when the browser has taken the one before;
 * a stream ends with its connection, with its login, and with the server; one name has a bounded number of them.
 */
import { type Clock, messageOf } from "../../plugin.ts";
import type { Access } from "./access.ts";
import { HttpProblem } from "./answers.ts";

const MOST = 64;
const MOST_OF_ONE = 8;
/** A comment is sent where there was no event: proxies close what is silent. */
export const KEEP_ALIVE_MS = 15_000;

const ENCODER = new TextEncoder();

/** The streams of one server. */
export class EventStreams {
  readonly #clock: Pick<Clock, "after">;
  readonly #open = new Map<EventStream, string>();

  constructor(clock: Pick<Clock, "after">) {
    this.#clock = clock;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** @throws HttpProblem 429: there are too many */
  checkRoom(name: string): void {
    const ofOne = [...this.#open.values()].filter((one) => one === name).length;
    if (this.#open.size < MOST && ofOne < MOST_OF_ONE) return;
    throw new HttpProblem(429, "too_many_streams", "too many streams are open; end one first");
  }

  /** Answers with a stream. */
  answer(events: AsyncIterator<unknown>, access: Access, signal: AbortSignal): Response {
    const stream = new EventStream(events, access, this.#clock, () => this.#open.delete(stream));
    this.#open.set(stream, access.identity.name);
    signal.addEventListener("abort", () => stream.end(), { once: true });
    if (signal.aborted) stream.end();
    return new Response(stream.body, {
      headers: { "content-type": "text/event-stream", "x-accel-buffering": "no" },
    });
  }

  /** Ends all. */
  end(): void {
    for (const stream of this.#open.keys()) stream.end();
  }
}

class EventStream {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #events: AsyncIterator<unknown>;
  readonly #access: Access;
  readonly #clock: Pick<Clock, "after">;
  readonly #ended: () => void;
  readonly #over = Promise.withResolvers<undefined>();
  #next: Promise<IteratorResult<unknown>> | undefined;
  #isOver = false;

  constructor(
    events: AsyncIterator<unknown>,
    access: Access,
    clock: Pick<Clock, "after">,
    ended: () => void,
  ) {
    this.#events = events;
    this.#access = access;
    this.#clock = clock;
    this.#ended = ended;
    this.body = new ReadableStream({
      start: (controller) => controller.enqueue(ENCODER.encode(": midge\n\n")),
      pull: async (controller) => {
        const text = await this.#text();
        if (text === undefined) controller.close();
        else controller.enqueue(ENCODER.encode(text));
      },
      cancel: () => this.end(),
    }, { highWaterMark: 0 });
  }

  /** Does nothing a second time. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#over.resolve(undefined);
    this.#ended();
    void this.#events.return?.();
  }

  /** What is sent next; undefined: it is over. */
  async #text(): Promise<string | undefined> {
    if (this.#isOver) return undefined;
    this.#next ??= this.#events.next();
    const quiet = Promise.withResolvers<"quiet">();
    const cancel = this.#clock.after(KEEP_ALIVE_MS, () => quiet.resolve("quiet"));
    try {
      const first = await Promise.race([this.#next, quiet.promise, this.#over.promise]);
      if (first === undefined || !await this.#access.lasts()) return this.#stop();
      if (first === "quiet") return ": quiet\n\n";
      this.#next = undefined;
      if (first.done === true) return this.#stop();
      return `data: ${JSON.stringify(first.value)}\n\n`;
    } catch (cause) {
      this.end();
      return `event: error\ndata: ${JSON.stringify({ message: messageOf(cause) })}\n\n`;
    } finally {
      cancel();
    }
  }

  #stop(): undefined {
    this.end();
    return undefined;
  }
}
