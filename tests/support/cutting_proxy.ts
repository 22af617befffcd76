/**
 * A network that breaks where a test wants it: a TCP proxy that lets so many bytes of its first connection
 * through and then resets both ends. Invariant: after disposal nothing is open; later connections are whole.
 */
import type { BrokerAddress } from "./raw_client.ts";

/** Bytes that the first connection may carry before it is cut. */
export interface Cut {
  /** From client to broker. */
  up: number;
  /** From broker to client. */
  down: number;
}

/** A proxy in front of a broker. */
export class CuttingProxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #broker: BrokerAddress;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #pumps: Promise<unknown>[] = [];
  readonly #serving: Promise<void>;
  #cut: Cut;
  /** What the connections have carried so far. */
  readonly carried: Cut = { up: 0, down: 0 };
  connections = 0;

  constructor(broker: BrokerAddress, cut: Partial<Cut> = {}) {
    this.#broker = broker;
    this.#cut = { up: Infinity, down: Infinity, ...cut };
    this.#serving = this.#serve();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  get uri(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** Cuts the next connection so. */
  cutNext(cut: Partial<Cut>): void {
    this.#cut = { up: Infinity, down: Infinity, ...cut };
  }

  /** Cuts every connection that is open now. */
  cutAll(): void {
    for (const connection of this.#open) connection.close();
    this.#open.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cutAll();
    await this.#serving;
    await Promise.all(this.#pumps);
  }

  async #serve(): Promise<void> {
    for await (const client of this.#listener) {
      const cut = this.#cut;
      this.#cut = { up: Infinity, down: Infinity };
      this.connections++;
      this.#open.add(client);
      const broker = await Deno.connect({ ...this.#broker });
      this.#open.add(broker);
      const end = () => this.#end(client, broker);
      this.#pumps.push(this.#pump(client, broker, "up", cut.up, end));
      this.#pumps.push(this.#pump(broker, client, "down", cut.down, end));
    }
  }

  #end(...connections: Deno.TcpConn[]): void {
    for (const connection of connections) {
      if (this.#open.delete(connection)) connection.close();
    }
  }

  async #pump(
    from: Deno.TcpConn,
    to: Deno.TcpConn,
    way: keyof Cut,
    limit: number,
    end: () => void,
  ): Promise<void> {
    const buffer = new Uint8Array(4096);
    let left = limit;
    try {
      while (left > 0) {
        const count = await from.read(buffer);
        if (count === null) break;
        const passed = Math.min(count, left);
        left -= passed;
        this.carried[way] += passed;
        for (let at = 0; at < passed;) at += await to.write(buffer.subarray(at, passed));
      }
    } catch {
      // The other direction was cut, or one end has gone.
    }
    end();
  }
}
