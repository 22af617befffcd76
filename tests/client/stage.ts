/**
 * A client and the broker's end of its connection, both in the hands of a test, and time as well. Used by
 * the tests of lib/client. Invariant: what was opened is closed when the stage is disposed.
 */
import { Client } from "../../lib/client/client.ts";
import type { ClientError } from "../../lib/client/errors.ts";
import type { ClientOptions } from "../../lib/client/config_types.ts";
import { FakeClientClock } from "../support/fake_client_clock.ts";
import { RawClient, within } from "../support/raw_client.ts";
import { connack, parsePublish, PINGREQ, PINGRESP, suback } from "../support/raw_packets.ts";

/** The stage of one test. */
export class Stage implements AsyncDisposable {
  readonly clock = new FakeClientClock();
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #clients: Client[] = [];
  readonly #connections: RawClient[] = [];

  get uri(): string {
    return `mqtt://127.0.0.1:${this.#listener.addr.port}`;
  }

  /** A client that is not connected. */
  client(options: ClientOptions = {}): Client {
    const connection = { uri: this.uri, ...options.connection };
    const client = new Client({ plugins: null, ...options, connection }, this.clock);
    this.#clients.push(client);
    return client;
  }

  /** The next connection that comes. */
  async accept(): Promise<RawClient> {
    const broker = RawClient.of(await within(this.#listener.accept(), "a connection"));
    this.#connections.push(broker);
    return broker;
  }

  /** The next connection, let in. */
  async welcome(sessionPresent = false): Promise<RawClient> {
    const broker = await this.accept();
    await broker.expectPacket("CONNECT");
    await broker.send(connack(sessionPresent, 0));
    return broker;
  }

  /** A connected client and the broker's end. */
  async connected(options: ClientOptions = {}): Promise<{ client: Client; broker: RawClient }> {
    const client = this.client(options);
    const [broker] = await Promise.all([this.welcome(), client.connect()]);
    return { client, broker };
  }

  /** Nobody listens any more. */
  close(): void {
    this.#listener.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const now = AbortSignal.abort();
    const leaving = this.#clients.map((client) => client.disconnect({ signal: now }));
    await Promise.all(this.#connections.map((connection) => connection.close()));
    await Promise.all(leaving);
    try {
      this.#listener.close();
    } catch {
      // The test has closed it.
    }
  }
}

/** The error that a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<ClientError> {
  const settled = within(promise.then(() => undefined, (error) => error), "a rejection");
  const error: unknown = await settled;
  if (!(error instanceof Error)) throw new Error("the promise was fulfilled");
  return error as ClientError;
}

/** Answers a SUBSCRIBE of one filter. */
export async function grant(broker: RawClient, qos = 0): Promise<void> {
  const { body } = await broker.expectPacket("SUBSCRIBE");
  await broker.send(suback(body[0]! << 8 | body[1]!, qos));
}

/** The packet id of the PUBLISH that must come now. */
export async function publishId(broker: RawClient): Promise<number> {
  return parsePublish(await broker.expectPacket("PUBLISH")).id;
}

/** Everything sent before has been handled: a PINGREQ is answered. */
export async function settle(client: Client, broker: RawClient): Promise<void> {
  const ping = client.ping();
  await broker.expect(PINGREQ);
  await broker.send(PINGRESP);
  await ping;
}
