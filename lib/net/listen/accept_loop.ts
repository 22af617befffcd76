/**
 * Accepts connections of one listener until it is stopped. Invariants: no error of a single accept ends the loop
 * (EMFILE would end `for await` for good); a peer that is gone again costs the others no time; only what the machine
 * lacks makes the loop pause; many connections at once leave those that are open their turn.
 */

/** What the system says when the machine has too little: asking again at once would fail again. */
const SHORTAGES: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);
/** What it says of a connection that was reset, or aborted, while it waited to be accepted. */
const GONE: ReadonlySet<unknown> = new Set(["ENOTCONN", "ECONNABORTED", "ECONNRESET"]);

const RETRY_MS = 100;
/** After this many failures in a row timers get their turn, whatever it is that fails. */
const IN_A_ROW = 64;
/** After this many connections those that are open already get their turn. */
const AT_ONCE = 16;

/** A listener of any transport. */
interface Acceptor<Connection> {
  accept(): Promise<Connection>;
}

/** A listener's loop; it belongs to one call of `run`. */
export class AcceptLoop<Connection extends { close(): void }> {
  readonly #listener: Acceptor<Connection>;
  #isStopped = false;
  #retry: { timer: ReturnType<typeof setTimeout>; resolve: () => void } | undefined;
  #failures = 0;
  #accepted = 0;
  #isSaid = false;

  /** The listener stays the caller's, who closes it after {@link stop}. */
  constructor(listener: Acceptor<Connection>) {
    this.#listener = listener;
  }

  /**
   * Accepts until stopped; never rejects.
   * @param take gets each connection; what it throws is a failure, and the connection is closed
   * @param failed called once for each run of failures, for the log; never for a peer that is gone
   */
  async run(
    take: (connection: Connection) => void,
    failed: (cause: unknown) => void,
  ): Promise<void> {
    while (!this.#isStopped) {
      try {
        const connection = await this.#listener.accept();
        if (this.#isStopped) return connection.close(); // it came in the same turn
        handOver(connection, take);
        this.#failures = 0;
        this.#isSaid = false;
        if (++this.#accepted % AT_ONCE === 0) await this.#pause(0);
      } catch (cause) {
        if (this.#isStopped) return;
        await this.#after(cause, failed);
      }
    }
  }

  /** Ends the loop, also where it pauses. Does nothing the second time. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#retry?.timer);
    this.#retry?.resolve();
  }

  async #after(cause: unknown, failed: (cause: unknown) => void): Promise<void> {
    this.#failures++;
    if (!isGone(cause) && !this.#isSaid) {
      this.#isSaid = true;
      failed(cause);
    }
    if (SHORTAGES.has(codeOf(cause))) await this.#pause(RETRY_MS);
    else if (this.#failures % IN_A_ROW === 0) await this.#pause(0);
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#retry = { timer: setTimeout(resolve, milliseconds), resolve };
    });
  }
}

/** Deno has a class for some of these, and the system's name in `code` for all. */
function isGone(cause: unknown): boolean {
  return cause instanceof Deno.errors.NotConnected || GONE.has(codeOf(cause));
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && "code" in cause ? cause.code : undefined;
}

/** Gives a connection to its owner, or ends it where that fails. */
function handOver<Connection extends { close(): void }>(
  connection: Connection,
  take: (connection: Connection) => void,
): void {
  try {
    take(connection);
  } catch (cause) {
    connection.close();
    throw cause;
  }
}
