/**
 * A well-behaved client of MQTT 5 for tests of the broker: what conformance/peer.ts is for 3.1.1. It completes handshakes
 * and takes a PUBLISH that comes before the answer it waits for. Invariant: a PUBLISH received in passing waits in the
 * inbox, and `nothing` fails while one waits there.
 */
import type { ClockedBroker } from "./clocked_broker.ts";
import { RawClient } from "./raw_client.ts";
import { PINGREQ, puback, pubcomp, pubrec, pubrel, toHex } from "./raw_packets.ts";
import {
  connect5,
  disconnect5,
  publish5,
  type RawConnect5,
  type RawOptions5,
  type RawPublish5,
  type RawRequest5,
  subscribe5,
  unsubscribe5,
} from "./raw_packets5.ts";
import { type Codes5, type Parsed5, type Publish5, type Reason5 } from "./raw_parse5.ts";
import type { PropertyList } from "./raw_properties5.ts";

const FOR_EVER = 0xffff_ffff;

/** One connected client. */
export class Peer5 {
  readonly raw: RawClient;
  readonly sessionPresent: boolean;
  readonly #inbox: Publish5[] = [];
  #lastId = 100;

  private constructor(raw: RawClient, sessionPresent: boolean) {
    this.raw = raw;
    this.sessionPresent = sessionPresent;
  }

  /** A client that was let in; its connection is closed with the broker. */
  static async open(
    it: ClockedBroker,
    clientId: string,
    options: RawConnect5 = {},
  ): Promise<Peer5> {
    const raw = await it.dial();
    await raw.send(connect5({ clientId, ...options }));
    const { reasonCode, sessionPresent } = await raw.expect5("CONNACK");
    if (reasonCode !== 0) throw new Error(`CONNECT was refused with ${reasonCode}`);
    return new Peer5(raw, sessionPresent);
  }

  /** The same with a session that stays. */
  static keep(it: ClockedBroker, clientId: string, options: RawConnect5 = {}): Promise<Peer5> {
    const properties = { sessionExpiryInterval: FOR_EVER, ...options.properties };
    return Peer5.open(it, clientId, { cleanSession: false, ...options, properties });
  }

  /** SUBSCRIBE and its SUBACK. */
  async subscribe(requests: RawRequest5[], properties?: PropertyList): Promise<Codes5> {
    const id = ++this.#lastId;
    await this.raw.send(subscribe5(id, requests, properties));
    const suback = await this.#await("SUBACK");
    if (suback.id !== id) throw new Error(`SUBACK of ${suback.id}, not ${id}`);
    return suback;
  }

  /** The codes of a SUBACK for one filter, with its identifier where it has one. */
  async codes(
    filter: string,
    options: number | RawOptions5,
    identifier?: number,
  ): Promise<number[]> {
    const properties = identifier === undefined ? {} : { subscriptionIdentifiers: [identifier] };
    return (await this.subscribe([[filter, options]], properties)).reasonCodes;
  }

  /** UNSUBSCRIBE and its UNSUBACK. */
  async unsubscribe(...filters: string[]): Promise<Codes5> {
    const id = ++this.#lastId;
    await this.raw.send(unsubscribe5(id, filters));
    const unsuback = await this.#await("UNSUBACK");
    if (unsuback.id !== id) throw new Error(`UNSUBACK of ${unsuback.id}, not ${id}`);
    return unsuback;
  }

  /** Publishes with the whole handshake; at QoS 0 a ping proves that the broker has read it. */
  async publish(topic: string, payload = "", options: RawPublish5 = {}): Promise<void> {
    const id = ++this.#lastId;
    await this.raw.send(publish5(topic, payload, { id, ...options }));
    if (!options.qos) return await this.ping();
    if (options.qos === 1) return void await this.#await("PUBACK");
    await this.#await("PUBREC");
    await this.raw.send(pubrel(id));
    await this.#await("PUBCOMP");
  }

  /** All that was sent before has been read. */
  async ping(): Promise<void> {
    await this.raw.send(PINGREQ);
    await this.#await("PINGRESP");
  }

  /** The next PUBLISH, not yet acknowledged. */
  async take(): Promise<Publish5> {
    return this.#inbox.shift() ?? await this.raw.expect5("PUBLISH");
  }

  /** The next PUBLISH, acknowledged as its QoS demands. */
  async receive(): Promise<Publish5> {
    const message = await this.take();
    if (message.qos === 1) await this.raw.send(puback(message.id));
    if (message.qos === 2) {
      await this.raw.send(pubrec(message.id));
      await this.#await("PUBREL");
      await this.raw.send(pubcomp(message.id));
    }
    return message;
  }

  /** The next messages must be these: `payload/qos`, then `/r` RETAIN, `/dup` DUP, `#1,2` identifiers. */
  async gets(...wanted: string[]): Promise<void> {
    for (const one of wanted) {
      const got = shownOf(await this.receive());
      if (got !== one) throw new Error(`expected ${one}, got ${got}`);
    }
  }

  /** All that has been sent to us by the time a ping is answered, acknowledged; as `gets` has it. */
  async drain(): Promise<string[]> {
    await this.ping();
    const out: string[] = [];
    while (this.#inbox.length > 0) out.push(shownOf(await this.receive()));
    await this.ping(); // the acknowledgements have been read
    return out;
  }

  /** Nothing has been sent to us by the time a ping is answered. */
  async nothing(): Promise<void> {
    await this.ping();
    if (this.#inbox.length > 0) {
      throw new Error(`expected nothing, got ${shownOf(this.#inbox[0]!)}`);
    }
  }

  /** The broker says DISCONNECT with this reason code, then closes. */
  async closedWith(reasonCode: number): Promise<Reason5> {
    const disconnect = await this.raw.expect5("DISCONNECT");
    if (disconnect.reasonCode !== reasonCode) {
      throw new Error(`expected DISCONNECT ${reasonCode}, got ${toHex(disconnect.bytes)}`);
    }
    await this.raw.expectClosed();
    return disconnect;
  }

  /** DISCONNECT, and the broker's end of the connection. */
  async disconnect(reasonCode?: number): Promise<void> {
    await this.raw.send(disconnect5(reasonCode));
    await this.raw.readToEnd();
    await this.raw.close();
  }

  async #await<Type extends Parsed5["type"]>(
    type: Type,
  ): Promise<Extract<Parsed5, { type: Type }>> {
    for (;;) {
      const packet = await this.raw.next5();
      if (packet === undefined) throw new Error(`expected ${type}, but the connection ended`);
      if (packet.type === "PUBLISH") this.#inbox.push(packet);
      else if (packet.type === type) return packet as Extract<Parsed5, { type: Type }>;
      else throw new Error(`expected ${type}, got ${toHex(packet.bytes)}`);
    }
  }
}

function shownOf({ payload, qos, retain, dup, properties }: Publish5): string {
  const identifiers = properties.subscriptionIdentifiers?.toSorted((a, b) => a - b);
  const flags = `${retain ? "/r" : ""}${dup ? "/dup" : ""}`;
  return `${payload}/${qos}${flags}${identifiers === undefined ? "" : `#${identifiers.join()}`}`;
}
