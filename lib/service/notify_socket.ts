/**
 * The socket that a service manager listens on (sd_notify(3)): datagrams of lines, one way. Invariants: messages leave
 * in their order; what cannot be sent is said once and forgotten, for a broker serves without a manager too.
 */
/// <reference lib="deno.unstable" />
import { join } from "node:path";
import { withDeadline } from "../wait.ts";
import { messageOf } from "../user_error.ts";

/** Messages that may wait while the manager does not read. */
const MAX_WAITING = 16;
/** How long the end waits for the last of them, milliseconds. */
const CLOSE_MS = 1000;

/** Sends messages to the manager. */
export interface NotifySocket {
  /** Sends `NAME=VALUE` lines. Does not throw. */
  send(...lines: string[]): void;
  /** Waits for what was sent, for a second at most. */
  close(): Promise<void>;
}

/**
 * Opens a socket to send from.
 * @param address NOTIFY_SOCKET
 * @param folder where a socket file may stand for a moment, on systems and versions of Deno that need one
 * @param failed told once, in one line, why nothing can be sent
 */
export function openNotifySocket(
  address: string,
  folder: string,
  failed: (why: string) => void,
): NotifySocket {
  try {
    return new DatagramSender(openSender(folder), pathOf(address), failed);
  } catch (error) {
    failed(`${address}: ${messageOf(error)}`);
    return { send() {}, close: () => Promise.resolve() };
  }
}

/** An abstract address is written with @, and begins with NUL. */
function pathOf(address: string): string {
  return address.startsWith("@") ? `\0${address.slice(1)}` : address;
}

/** A name of its own is needed to send; an abstract one leaves no file, and Deno before 2.9 does not know it. */
function openSender(folder: string): Deno.DatagramConn {
  if (Deno.listenDatagram === undefined) {
    throw new Error("Deno has no datagram sockets here; expected --unstable-net");
  }
  const name = `midge-notify-${crypto.randomUUID().slice(0, 8)}`;
  try {
    return Deno.listenDatagram({ transport: "unixpacket", path: `\0${name}` });
  } catch {
    Deno.mkdirSync(folder, { recursive: true });
    const path = join(folder, `.${name}`);
    const sender = Deno.listenDatagram({ transport: "unixpacket", path });
    Deno.removeSync(path); // no one answers
    return sender;
  }
}

class DatagramSender implements NotifySocket {
  readonly #sender: Deno.DatagramConn;
  readonly #address: Deno.UnixAddr;
  readonly #failed: (why: string) => void;
  #hasFailed = false;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(sender: Deno.DatagramConn, path: string, failed: (why: string) => void) {
    this.#sender = sender;
    this.#address = { transport: "unixpacket", path };
    this.#failed = failed;
  }

  send(...lines: string[]): void {
    if (this.#waiting >= MAX_WAITING) return;
    this.#waiting++;
    const bytes = new TextEncoder().encode(lines.join("\n"));
    this.#last = this.#last.then(() => this.#send(bytes));
  }

  async close(): Promise<void> {
    await withDeadline(this.#last, CLOSE_MS);
    this.#sender.close();
  }

  async #send(bytes: Uint8Array): Promise<void> {
    try {
      await this.#sender.send(bytes, this.#address);
    } catch (error) {
      if (!this.#hasFailed) this.#failed(messageOf(error));
      this.#hasFailed = true;
    }
    this.#waiting--;
  }
}
