/**
 * A client of MQTT 3.1, 3.1.1 or 5 by bytes, with the same face in each version, for tests that mix them. Invariant: a PUBLISH
 * for a client of 3.1.1 is read by the rules of 3.1.1, so that a property list would stand in its payload.
 */
import type { ClockedBroker } from "./clocked_broker.ts";
import type { RawClient } from "./raw_client.ts";
import {
  connect,
  DISCONNECT,
  parsePublish,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  type RawPacket,
  subscribe,
} from "./raw_packets.ts";
import { connect5, publish5, subscribe5 } from "./raw_packets5.ts";
import { parse5, type Publish5 } from "./raw_parse5.ts";
import type { RawProperties, ReadProperties } from "./raw_properties5.ts";

/** Protocol level: MQTT 3.1, 3.1.1, 5. */
export type Level = 3 | 4 | 5;

/** A message as it is sent; a client below version 5 leaves the properties out. */
export interface Sent {
  readonly topic: string;
  readonly payload: string;
  readonly qos: number;
  readonly retain?: boolean;
  readonly properties?: RawProperties;
}

/** A message as it came; `properties` are those of version 5. */
export interface Got {
  readonly topic: string;
  readonly payload: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly properties?: ReadProperties;
}

/** How one connects. */
export interface PartyOptions {
  /** The session outlives the connection. */
  readonly keep?: boolean;
  readonly will?: Sent;
}

const TYPES = { CONNACK: 2, PUBLISH: 3, PUBACK: 4, PUBREC: 5, PUBREL: 6, PUBCOMP: 7, SUBACK: 9 };

/** One connected client. */
export class Party {
  readonly level: Level;
  readonly #raw: RawClient;
  readonly #inbox: RawPacket[] = [];
  #lastId = 0;
  /** What CONNACK said; always false for a client of 3.1. */
  sessionPresent = false;

  private constructor(raw: RawClient, level: Level) {
    this.#raw = raw;
    this.level = level;
  }

  /** Connects; throws where it is refused. */
  static async open(
    it: Pick<ClockedBroker, "dial">,
    clientId: string,
    level: Level,
    options: PartyOptions = {},
  ): Promise<Party> {
    const party = new Party(await it.dial(), level);
    await party.#raw.send(connectBytes(clientId, level, options));
    const { body } = await party.#await(TYPES.CONNACK);
    if (body[1] !== 0) throw new Error(`CONNACK ${body[1]}`);
    party.sessionPresent = body[0] === 1;
    return party;
  }

  /** Subscribes; throws where less is granted. */
  async subscribe(filter: string, qos: number): Promise<void> {
    const id = ++this.#lastId;
    const packet = this.level === 5
      ? subscribe5(id, [[filter, qos]])
      : subscribe(id, [filter, qos]);
    await this.#raw.send(packet);
    const { body } = await this.#await(TYPES.SUBACK);
    if (body.at(-1) !== qos) throw new Error(`SUBACK ${body.at(-1)}`);
  }

  /** Publishes with the whole handshake. */
  async publish({ topic, payload, qos, retain = false, properties }: Sent): Promise<void> {
    const id = ++this.#lastId;
    const fields = { qos, retain, id, ...(properties !== undefined && { properties }) };
    const packet = this.level === 5 ? publish5 : publish;
    await this.#raw.send(packet(topic, payload, fields));
    if (qos === 1) await this.#await(TYPES.PUBACK);
    if (qos !== 2) return;
    await this.#await(TYPES.PUBREC);
    await this.#raw.send(pubrel(id));
    await this.#await(TYPES.PUBCOMP);
  }

  /** The next message, acknowledged. */
  async next(): Promise<Got> {
    const packet = this.#inbox.shift() ?? await this.#await(TYPES.PUBLISH);
    const newest = this.level === 5 ? parse5(packet) as Publish5 : undefined;
    const { id, topic, payload, qos, retain } = newest ?? parsePublish(packet);
    if (qos === 1) await this.#raw.send(puback(id));
    if (qos === 2) {
      await this.#raw.send(pubrec(id));
      await this.#await(TYPES.PUBREL);
      await this.#raw.send(pubcomp(id));
    }
    const properties = newest?.properties;
    return { topic, payload, qos, retain, ...(properties !== undefined && { properties }) };
  }

  /** Ends with DISCONNECT, and waits until the broker has closed. */
  async leave(): Promise<void> {
    await this.#raw.send(DISCONNECT);
    await this.vanish();
  }

  /** Ends without DISCONNECT, and waits until the broker has closed. */
  async vanish(): Promise<void> {
    await this.#raw.closeWrite().catch(() => {});
    await this.#raw.readToEnd();
    await this.#raw.close();
  }

  /** The next packet of a type; a PUBLISH before it waits in the inbox. */
  async #await(type: number): Promise<RawPacket> {
    for (;;) {
      const packet = await this.#raw.nextPacket();
      if (packet === undefined) throw new Error(`expected packet type ${type}, got the end`);
      if (packet.type === type) return packet;
      if (packet.type !== TYPES.PUBLISH) {
        throw new Error(`expected packet type ${type}, got ${packet.type}`);
      }
      this.#inbox.push(packet);
    }
  }
}

function connectBytes(clientId: string, level: Level, { keep, will }: PartyOptions): Uint8Array {
  const common = { clientId, cleanSession: !keep, ...(will !== undefined && { will }) };
  if (level !== 5) return connect({ ...common, name: level === 3 ? "MQIsdp" : "MQTT", level });
  return connect5({ ...common, properties: keep ? { sessionExpiryInterval: 3600 } : {} });
}
