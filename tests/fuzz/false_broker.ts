/**
 * A small broker that can be told to be wrong, so that the fuzzer's tests see its findings. Invariant: without a defect
 * it serves a witness: one subscriber for each topic, QoS as it was published.
 */
import { RawClient } from "../support/raw_client.ts";
import {
  bytes,
  connack,
  parsePublish,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  type RawPacket,
  suback,
} from "../support/raw_packets.ts";

/** What is wrong with it, every time that the third message of a topic comes. */
export type Defect = "none" | "loses" | "doubles" | "swaps" | "ends" | "keepsAck";

/** A listening false broker. */
export class FalseBroker implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #defect: Defect;
  readonly #subscribers = new Map<string, RawClient>();
  readonly #counts = new Map<string, number>();
  readonly #clients: RawClient[] = [];
  readonly #serving: Promise<unknown>[] = [];
  readonly #accepting: Promise<void>;
  readonly #held = new Map<string, Uint8Array>();

  constructor(defect: Defect) {
    this.#defect = defect;
    this.#accepting = this.#accept();
  }

  get address(): { hostname: string; port: number } {
    return { hostname: "127.0.0.1", port: this.#listener.addr.port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    for (const client of this.#clients) await client.close();
    await Promise.all(this.#serving);
  }

  async #accept(): Promise<void> {
    try {
      for await (const connection of this.#listener) {
        const client = RawClient.of(connection);
        this.#clients.push(client);
        this.#serving.push(this.#serve(client).catch(() => client.close()));
      }
    } catch {
      // closed
    }
  }

  async #serve(client: RawClient): Promise<void> {
    for (let one = await client.nextPacket(); one; one = await client.nextPacket()) {
      const id = one.body[0]! << 8 | one.body[1]!;
      if (one.type === 1) await client.send(connack(false, 0));
      if (one.type === 3) await this.#spread(client, one);
      if (one.type === 5) await client.send(pubrel(id));
      if (one.type === 6) await client.send(pubcomp(id));
      if (one.type === 8) {
        const end = 4 + (one.body[2]! << 8 | one.body[3]!);
        this.#subscribers.set(new TextDecoder().decode(one.body.subarray(4, end)), client);
        await client.send(suback(id, one.body[end]!));
      }
      if (one.type === 14) await client.close();
    }
  }

  async #spread(publisher: RawClient, packet: RawPacket): Promise<void> {
    const { topic, payload, qos, id } = parsePublish(packet);
    const count = (this.#counts.get(topic) ?? 0) + 1;
    this.#counts.set(topic, count);
    const defect = count === 3 ? this.#defect : "none";
    const acknowledgement = qos === 0 ? new Uint8Array() : (qos === 1 ? puback : pubrec)(id ?? 0);
    if (defect !== "keepsAck") await publisher.send(acknowledgement);
    const frame = publish(topic, payload, { qos, id: count });
    const subscriber = this.#subscribers.get(topic)!;
    if (defect === "loses") return;
    if (defect === "ends") return await subscriber.close();
    if (defect === "swaps") return void this.#held.set(topic, frame);
    const behind = defect === "doubles" ? frame : this.#held.get(topic) ?? new Uint8Array();
    this.#held.delete(topic);
    await subscriber.send(bytes(frame, behind));
  }
}
