/**
 * A client and the broker's end of its connection, both in the hands of a test, and time as well. Used by
 * the tests of lib/client. Invariant: what was opened is closed when the stage is disposed.
 */
import { Client } from "../../lib/client/client.ts";
import { ClientError } from "../../lib/client/errors.ts";
import type { ClientOptions } from "../../lib/client/config_types.ts";
import { FakeClientClock } from "../support/fake_client_clock.ts";
import { RawClient, within } from "../support/raw_client.ts";
import { connack, parsePublish, PINGREQ, PINGRESP, suback } from "../support/raw_packets.ts";
import { connack5 } from "../support/raw_packets5.ts";
import type { Connect5 } from "../support/raw_parse5.ts";
import type { PropertyList } from "../support/raw_properties5.ts";

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

  /** The next connection of MQTT 5, let in; with what its CONNECT said. */
  async welcome5(
    properties?: PropertyList,
    sessionPresent = false,
  ): Promise<{ broker: RawClient; connect: Connect5 }> {
    const broker = await this.accept();
    const connect = await broker.expect5("CONNECT");
    await broker.send(connack5(sessionPresent, 0, properties));
    return { broker, connect };
  }

  /** A connected client of MQTT 5 and the broker's end. */
  async connected5(
    options: ClientOptions = {},
    properties?: PropertyList,
  ): Promise<{ client: Client; broker: RawClient; connect: Connect5 }> {
    const client = this.client({ protocol_version: 5, ...options });
    const [welcomed] = await Promise.all([this.welcome5(properties), client.connect()]);
    return { client, ...welcomed };
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

/** Why a client was closed. */
export async function endOf(client: Client): Promise<ClientError> {
  const error = await within(client.closed, "the end");
  if (!(error instanceof ClientError)) throw new Error(`the client was closed by ${error}`);
  return error;
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
