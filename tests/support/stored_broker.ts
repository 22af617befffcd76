/**
 * A broker whose time stands still and whose storage a test holds, with clients of one version. Invariant: disposing it
 * lets what waits for the log go on first, for a stop waits for it.
 */
import type { BrokerOptions, Hooks } from "../../mod.ts";
import { Peer } from "../conformance/peer.ts";
import { type Version, type Words, WORDS4, WORDS5 } from "../conformance/words.ts";
import { ClockedBroker } from "./clocked_broker.ts";
import { HeldLog } from "./held_log.ts";
import type { InlineSetup } from "./inline_registry.ts";
import { RawClient } from "./raw_client.ts";
import { PINGREQ, type RawConnect } from "./raw_packets.ts";

/** The types of packets that a test waits for. */
export const Type = {
  CONNACK: 2,
  PUBLISH: 3,
  PUBACK: 4,
  PUBREC: 5,
  PUBREL: 6,
  PUBCOMP: 7,
  SUBACK: 9,
  UNSUBACK: 11,
} as const;

/** A broker, its log and its clients. */
export class StoredBroker implements AsyncDisposable {
  readonly inner: ClockedBroker;
  readonly log: HeldLog;
  readonly words: Words;

  private constructor(inner: ClockedBroker, log: HeldLog, version: Version) {
    this.inner = inner;
    this.log = log;
    this.words = version === 4 ? WORDS4 : WORDS5;
  }

  /** Starts one on a log of its own. */
  static async start(
    version: Version,
    options: BrokerOptions = {},
    ...hooks: (Hooks | InlineSetup)[]
  ): Promise<StoredBroker> {
    const log = new HeldLog();
    return new StoredBroker(await ClockedBroker.startWith(log, options, ...hooks), log, version);
  }

  /** A connection that has sent CONNECT. */
  async knock(clientId: string, options: RawConnect = {}): Promise<RawClient> {
    const raw = await this.inner.dial();
    await raw.send(this.words.connect({ clientId, ...options }));
    return raw;
  }

  /** A client that was let in; its session ends with its connection unless told otherwise. */
  async open(clientId: string, options: RawConnect = {}): Promise<Peer> {
    const raw = await this.knock(clientId, options);
    const { body } = await raw.expectPacket("CONNACK");
    if (body[1] !== 0) throw new Error(`CONNECT was refused with ${body[1]}`);
    raw.sessionPresent = body[0] === 1;
    return new Peer(raw, clientId, this.words);
  }

  /** A client whose session stays. */
  keep(clientId: string, options: RawConnect = {}): Promise<Peer> {
    return this.open(clientId, { cleanSession: false, ...options });
  }

  /** A client that has subscribed, kept, and that is away if it is to be. */
  async kept(clientId: string, filter: string, qos: number, isAway = false): Promise<Peer> {
    const peer = await this.keep(clientId);
    await peer.subscribed([filter, qos]);
    if (isAway) await peer.disconnect();
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.log.free();
    await this.inner[Symbol.asyncDispose]();
  }
}

/** A connection without CONNACK so far is read on: its ping is answered, before anything else. */
export async function isReadOn(raw: RawClient): Promise<void> {
  await raw.send(PINGREQ);
  await raw.expectPacket("PINGRESP");
}
