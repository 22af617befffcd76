/**
 * Where a sequence plays: the broker it was given, and ids and topics that nobody else uses. Made for
 * each run of a sequence by conformance_test.ts and run.ts. Invariant: what a sequence opened is
 * closed when its stage is disposed, and on a broker that others share its sessions and retained
 * messages are removed as well.
 */
import {
  DISCONNECT,
  publish,
  type RawConnect,
  type ReceivedPublish,
  type Text,
} from "../support/raw_packets.ts";
import type { RawConnect5 } from "../support/raw_packets5.ts";
import { type BrokerAddress, RawClient } from "../support/raw_client.ts";
import { type Passing, REAL_TIME } from "./passing.ts";
import { Peer } from "./peer.ts";
import { Peer5 } from "./peer5.ts";
import { kept, type Version, type Words, WORDS4, WORDS5 } from "./words.ts";

/** The broker under test, and what is known of it. */
export interface Target {
  address: BrokerAddress;
  /** Its WebSocket listener. */
  websocket?: BrokerAddress & { path: string };
  /** A user it lets in; the same user with another password is refused. */
  login?: { username: string; password: string };
  /** A topic on which nobody may publish, nor subscribe to. */
  deniedTopic?: string;
  /** A user it lets in by SCRAM-SHA-256. */
  scram?: { username: string; password: string };
  /** The same broker with a maximum QoS below 2 and without retained messages. */
  limited?: BrokerAddress;
  /** Others use it too: leave nothing behind. */
  shared: boolean;
  /** How its time passes, where it is not the world's. */
  passing?: Passing;
}

/** How a client of version 5 connects. */
export interface Options5 extends RawConnect5 {
  clientId?: string;
  /** Another address than the broker's under test. */
  at?: BrokerAddress;
}

/** One run of one sequence. */
export class Stage {
  readonly target: Target;
  /** The root of this run's topics, and the beginning of its client ids. */
  readonly root = `m${crypto.randomUUID().replaceAll("-", "").slice(0, 14)}`;
  readonly #clients: RawClient[] = [];
  readonly #kept = new Set<string>();
  #count = 0;

  /** The version that `open` and the others speak. */
  readonly words: Words<ReceivedPublish>;

  constructor(target: Target, version: Version = 4) {
    this.target = target;
    this.words = version === 4 ? WORDS4 : WORDS5;
  }

  /** How time passes. */
  get time(): Passing {
    return this.target.passing ?? REAL_TIME;
  }

  /** A client id of at most 23 letters and digits, never used before. */
  newId(): string {
    return `${this.root}x${++this.#count}`;
  }

  /** A topic below this run's root. */
  topic(suffix: string): string {
    return `${this.root}/${suffix}`;
  }

  /** A TCP connection without CONNECT, to the broker under test unless told otherwise. */
  async dial(address: BrokerAddress = this.target.address): Promise<RawClient> {
    const client = await RawClient.dial(address);
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
  open(options: RawConnect & { clientId?: string } = {}): Promise<Peer> {
    if (this.words.version === 4) return this.open4(options);
    return this.open5({ ...options, properties: kept(options.cleanSession) });
  }

  /** The same in MQTT 3.1.1, whatever the version of this stage. */
  async open4(options: RawConnect & { clientId?: string } = {}): Promise<Peer> {
    const clientId = options.clientId ?? this.newId();
    if (options.cleanSession === false) this.#kept.add(clientId);
    const client = await RawClient.open(this.target.address, { ...options, clientId });
    this.#clients.push(client);
    return new Peer(client, clientId, WORDS4);
  }

  /** The same in MQTT 5; the session ends with its connection unless the properties say otherwise. */
  async open5(options: Options5 = {}): Promise<Peer5> {
    const { clientId = this.newId(), at = this.target.address, ...rest } = options;
    if (rest.properties !== undefined && clientId !== "") this.#kept.add(clientId);
    const client = await RawClient.open5(at, { ...rest, clientId });
    this.#clients.push(client);
    return new Peer5(client, clientId);
  }

  /** A client with a session that is kept. */
  keep(clientId: string = this.newId(), options: RawConnect = {}): Promise<Peer> {
    return this.open({ ...options, clientId, cleanSession: false });
  }

  /** The same in MQTT 5. */
  keep5(clientId: string = this.newId(), options: RawConnect5 = {}): Promise<Peer5> {
    const properties = { ...kept(false), ...options.properties };
    return this.open5({ ...options, properties, clientId, cleanSession: false });
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
    const peer = new Peer(client, "", WORDS4);
    await peer.subscribe([`${this.root}/#`, 0]);
    for (const { topic } of await peer.drain()) {
      await client.send(publish(topic, "", { retain: true }));
    }
    await client.send(DISCONNECT);
    await client.closeWrite();
    await client.readToEnd();
  }
}
