/** Clients of MQTT 5 at a broker whose time stands still. Invariant: they are closed before the broker is stopped. */
import type { BrokerOptions, Hooks } from "../../mod.ts";
import { ClockedBroker } from "./clocked_broker.ts";
import type { ManagementAddress } from "../../lib/manage/client.ts";
import { TempFolder } from "./midge_process.ts";
import type { InlineSetup } from "./inline_registry.ts";
import { RawClient } from "./raw_client.ts";
import { connect5, type RawConnect5, subscribe5 } from "./raw_packets5.ts";
import type { Connack5, Publish5, Reason5 } from "./raw_parse5.ts";

/** A started broker with its clients of MQTT 5. */
export class Clocked5 implements AsyncDisposable {
  readonly inner: ClockedBroker;
  readonly #folder: TempFolder;
  readonly #clients: RawClient[] = [];

  private constructor(inner: ClockedBroker, folder: TempFolder) {
    this.inner = inner;
    this.#folder = folder;
  }

  /** See ClockedBroker.start. */
  static async start(
    options: BrokerOptions = {},
    ...hooks: (Hooks | InlineSetup)[]
  ): Promise<Clocked5> {
    const folder = new TempFolder();
    const management = { path: `${folder.path}/m.sock` };
    const own = { management, data_dir: `${folder.path}/data`, ...options };
    return new Clocked5(await ClockedBroker.start(own, ...hooks), folder);
  }

  /** Where `midge ctl` asks. */
  get target(): ManagementAddress {
    return { kind: "unix", path: `${this.#folder.path}/m.sock` };
  }

  /** A client that was let in. */
  async open(clientId: string, options: RawConnect5 = {}): Promise<RawClient> {
    const client = await RawClient.open5(this.inner.address, { clientId, ...options });
    this.#clients.push(client);
    return client;
  }

  /** One that resumes its session, kept for an hour unless told otherwise. */
  keep(clientId: string, options: RawConnect5 = {}): Promise<RawClient> {
    const properties = { sessionExpiryInterval: 3600 };
    return this.open(clientId, { cleanSession: false, properties, ...options });
  }

  /** One that hears a topic. */
  async reader(topic: string): Promise<RawClient> {
    const reader = await this.open("reader", { keepAlive: 0 });
    await reader.send(subscribe5(1, [[topic, 2]]));
    await reader.expect5("SUBACK");
    return reader;
  }

  /** Bytes on a connection without CONNECT. */
  async say(...parts: Uint8Array[]): Promise<RawClient> {
    const client = await RawClient.dial(this.inner.address);
    this.#clients.push(client);
    await client.sendAnyway(...parts);
    return client;
  }

  /** A CONNECT that is refused: its CONNACK, behind which the connection ends. */
  async refused(options: RawConnect5): Promise<Connack5> {
    const client = await this.say(connect5({ clientId: "c", ...options }));
    const connack = await client.expect5("CONNACK");
    await client.expectClosed();
    return connack;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client.close();
    await this.inner[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** The broker's DISCONNECT, behind which the connection ends. */
export async function disconnected(client: RawClient): Promise<Reason5> {
  const disconnect = await client.expect5("DISCONNECT");
  await client.expectClosed();
  return disconnect;
}

/** Code and reason string in one. */
export function reasonIn({ reasonCode, properties }: Reason5): [number, unknown] {
  return [reasonCode, properties.reasonString];
}

/** The next PUBLISH as text, `payload/qos`. */
export async function got(client: RawClient): Promise<string> {
  const { payload, qos }: Publish5 = await client.expect5("PUBLISH");
  return `${payload}/${qos}`;
}
