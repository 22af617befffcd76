/**
 * Where a sequence plays: the broker it was given, and ids and topics that nobody else uses. Made for
 * each run of a sequence by conformance_test.ts and run.ts. Invariant: what a sequence opened is
 * closed when its stage is disposed, and on a broker that others share its sessions and retained
 * messages are removed as well.
 */
import { DISCONNECT, publish, type RawConnect, type Text } from "../support/raw_packets.ts";
import { type BrokerAddress, RawClient } from "../support/raw_client.ts";
import { Peer } from "./peer.ts";

/** The broker under test, and what is known of it. */
export interface Target {
  address: BrokerAddress;
  /** Its WebSocket listener. */
  websocket?: BrokerAddress & { path: string };
  /** A user it lets in; the same user with another password is refused. */
  login?: { username: string; password: string };
  /** A topic on which nobody may publish, nor subscribe to. */
  deniedTopic?: string;
  /** Others use it too: leave nothing behind. */
  shared: boolean;
}

/** One run of one sequence. */
export class Stage {
  readonly target: Target;
  /** The root of this run's topics, and the beginning of its client ids. */
  readonly root = `m${crypto.randomUUID().replaceAll("-", "").slice(0, 14)}`;
  readonly #clients: RawClient[] = [];
  readonly #kept = new Set<string>();
  #count = 0;

  constructor(target: Target) {
    this.target = target;
  }

  /** A client id of at most 23 letters and digits, never used before. */
  newId(): string {
    return `${this.root}x${++this.#count}`;
  }

  /** A topic below this run's root. */
  topic(suffix: string): string {
    return `${this.root}/${suffix}`;
  }

  /** A TCP connection without CONNECT. */
  async dial(): Promise<RawClient> {
    const client = await RawClient.dial(this.target.address);
    this.#clients.push(client);
    return client;
  }

  /** A connection on which `bytes` were sent first. */
  async sent(...bytes: Uint8Array[]): Promise<RawClient> {
    const client = await this.dial();
    await client.sendAnyway(...bytes);
    return client;
  }

  /** An accepted client; a new id and a clean session unless told otherwise. */
  async open(options: RawConnect & { clientId?: string } = {}): Promise<Peer> {
    const clientId = options.clientId ?? this.newId();
    if (options.cleanSession === false) this.#kept.add(clientId);
    const client = await RawClient.open(this.target.address, { ...options, clientId });
    this.#clients.push(client);
    return new Peer(client, clientId);
  }

  /** A client with a session that is kept. */
  keep(clientId: string = this.newId(), options: RawConnect = {}): Promise<Peer> {
    return this.open({ ...options, clientId, cleanSession: false });
  }

  /** A client subscribed to `filter` as it was asked for. */
  async subscriber(filter: Text, qos = 0): Promise<Peer> {
    const peer = await this.open();
    await peer.subscribed([filter, qos]);
    return peer;
  }

  /** Closes everything; on a shared broker also removes sessions and retained messages. */
  async dispose(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    if (!this.target.shared) return;
    for (const clientId of this.#kept) {
      await using client = await RawClient.open(this.target.address, { clientId });
      await client.send(DISCONNECT);
    }
    await this.#removeRetained();
  }

  async #removeRetained(): Promise<void> {
    await using client = await RawClient.open(this.target.address, { clientId: this.newId() });
    const peer = new Peer(client, "");
    await peer.subscribe([`${this.root}/#`, 0]);
    for (const { topic } of await peer.drain()) {
      await client.send(publish(topic, "", { retain: true }));
    }
    await client.send(DISCONNECT);
    await client.closeWrite();
    await client.readToEnd();
  }
}
