/**
 * LoopTurns of the event loop that take tens of microseconds and look at the sockets: a byte through a loopback pair. A timer
 * sleeps for a millisecond at least, and other ways to yield look at the sockets only now and then.
 */

/** Longer waits are a timer's, so long before the time. Milliseconds. */
const TIMER_BEFORE = 3;

/** A loopback pair. */
export class LoopTurns implements Disposable {
  readonly #here: Deno.TcpConn;
  readonly #there: Deno.TcpConn;
  readonly #byte = new Uint8Array(1);
  readonly #read = new Uint8Array(1);

  private constructor(here: Deno.TcpConn, there: Deno.TcpConn) {
    this.#here = here;
    this.#there = there;
  }

  /** Opens the pair. */
  static async open(): Promise<LoopTurns> {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const there = listener.accept();
    const here = await Deno.connect({ hostname: "127.0.0.1", port });
    here.setNoDelay(true);
    return new LoopTurns(here, await there);
  }

  /** Resolves at `next` (performance.now()) or before. */
  async until(next: number): Promise<void> {
    const wait = next - performance.now();
    if (wait > 2 * TIMER_BEFORE) {
      await new Promise((resolve) => setTimeout(resolve, wait - TIMER_BEFORE));
    } else {
      // The read has to wait already: a byte that is there is taken without a look at the sockets.
      const read = this.#there.read(this.#read);
      await this.#here.write(this.#byte);
      await read;
    }
  }

  [Symbol.dispose](): void {
    this.#here.close();
    this.#there.close();
  }
}
