/**
 * Where a sequence for Midge's client plays: a listener that the client connects to and on which the
 * sequence answers with bytes of its own. Made for each run by client_test.ts and run.ts. Invariant:
 * what was opened is closed when the stage is disposed, whatever the sequence did.
 */
import { CLIENT_CLOCK, type ClientClock } from "../../lib/client/clock.ts";
import { Client } from "../../lib/client/client.ts";
import type { ClientOptions } from "../../lib/client/config_types.ts";
import { RawClient, within } from "../support/raw_client.ts";
import { connack, PINGREQ, PINGRESP, type RawPacket } from "../support/raw_packets.ts";
import { connack5 } from "../support/raw_packets5.ts";
import type { Connect5 } from "../support/raw_parse5.ts";
import type { PropertyList } from "../support/raw_properties5.ts";

/** Reconnects without the pause that it would make for a broker's sake. */
const IMPATIENT_CLOCK = {
  ...CLIENT_CLOCK,
  after: (_milliseconds: number, callback: () => void) => CLIENT_CLOCK.after(1, callback),
};

/** The client under test with the broker's end of its connection. */
export interface Pair {
  client: Client;
  /** The broker's end: what it expects comes from the client. */
  broker: RawClient;
  /** The CONNECT that was answered. */
  connect: RawPacket;
}

/** One run of one sequence. */
export class ClientStage {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #clients: Client[] = [];
  readonly #connections: RawClient[] = [];

  /** The client's `uri` for this stage. */
  uri(scheme: "mqtt" | "ws" = "mqtt"): string {
    const { port } = this.#listener.addr as Deno.NetAddr;
    return `${scheme}://127.0.0.1:${port}${scheme === "ws" ? "/mqtt" : ""}`;
  }

  /** A client that is not yet connected. */
  client(
    options: ClientOptions = {},
    scheme: "mqtt" | "ws" = "mqtt",
    clock: ClientClock = IMPATIENT_CLOCK,
  ): Client {
    const client = new Client({
      plugins: null,
      ...options,
      connection: { uri: this.uri(scheme), ...options.connection },
    }, clock);
    this.#clients.push(client);
    return client;
  }

  /** The next connection that the client makes. */
  async accept(): Promise<RawClient> {
    const connection = await within(this.#listener.accept(), "a connection of the client");
    const broker = RawClient.of(connection as Deno.TcpConn);
    this.#connections.push(broker);
    return broker;
  }

  /** Accepts a connection and its CONNECT. */
  async welcome(sessionPresent = false): Promise<{ broker: RawClient; connect: RawPacket }> {
    const broker = await this.accept();
    const connect = await broker.expectPacket("CONNECT");
    await broker.send(connack(sessionPresent, 0));
    return { broker, connect };
  }

  /** A connected client. */
  async connected(options: ClientOptions = {}, clock?: ClientClock): Promise<Pair> {
    const client = this.client(options, "mqtt", clock);
    const [answered] = await Promise.all([this.welcome(), client.connect()]);
    return { client, ...answered };
  }

  /** Accepts a connection and its CONNECT of MQTT 5. */
  async welcome5(
    properties: PropertyList = {},
    sessionPresent = false,
  ): Promise<{ broker: RawClient; connect: Connect5 }> {
    const broker = await this.accept();
    const connect = await broker.expect5("CONNECT");
    await broker.send(connack5(sessionPresent, 0, properties));
    return { broker, connect };
  }

  /** A client connected in MQTT 5, told these properties. */
  async connected5(
    options: ClientOptions = {},
    properties: PropertyList = {},
    clock?: ClientClock,
  ): Promise<{ client: Client; broker: RawClient; connect: Connect5 }> {
    const client = this.client({ protocol_version: 5, ...options }, "mqtt", clock);
    const [answered] = await Promise.all([this.welcome5(properties), client.connect()]);
    return { client, ...answered };
  }

  /** Closes everything; a client that waits for an answer does not get it. */
  async dispose(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
    this.#listener.close();
    const now = AbortSignal.abort();
    await Promise.all(this.#clients.map((client) => client.disconnect({ signal: now })));
  }
}

/** Whatever the client was told before, the next thing it sends is the PINGREQ it is told now. */
export async function nothingSent(client: Client, broker: RawClient): Promise<void> {
  const ping = client.ping();
  await Promise.all([broker.expect(PINGREQ).then(() => broker.send(PINGRESP)), ping]);
}
