/**
 * What a client receives: the receiver's side of QoS 1 and 2. Invariants: a packet id of QoS 2 is under way from its
 * PUBLISH to its PUBREL, and outlives connections as the session does; while acknowledgements are held none is sent.
 */
import { puback, pubcomp, pubrec } from "../support/raw_packets.ts";
import type { Incoming } from "./incoming.ts";
import { sequenceOf } from "./payload.ts";
import type { Note, Send } from "./world.ts";

/** The receiver's side of one client. */
export class Inbox {
  readonly #note: Note;
  readonly #send: Send;
  readonly #underWay = new Set<number>();
  #held: Uint8Array[] | undefined;

  constructor(note: Note, send: Send) {
    this.#note = note;
    this.#send = send;
  }

  onPublish(packet: Extract<Incoming, { type: "PUBLISH" }>): void {
    const { topic, payload, qos, id, dup, retain } = packet;
    const sequence = sequenceOf(topic, payload);
    if (sequence === undefined) this.#note({ kind: "damaged", topic, payload });
    else {
      const isNew = qos < 2 || !this.#underWay.has(id);
      const flags = { qos, isDuplicate: dup, isRetained: retain, isNew };
      this.#note({ kind: "delivery", topic, sequence, ...flags });
    }
    if (qos === 2) this.#underWay.add(id);
    if (qos > 0) this.#acknowledge(qos === 1 ? puback(id) : pubrec(id));
  }

  onPubrel(id: number): void {
    this.#underWay.delete(id);
    this.#acknowledge(pubcomp(id));
  }

  /** From now on acknowledgements wait. */
  hold(): void {
    this.#held ??= [];
  }

  /** All that waits goes out. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const bytes of held) this.#send(bytes);
  }

  /** The connection is over: what was not acknowledged will come again. */
  disconnected(): void {
    this.#held = undefined;
  }

  /** There is no session any more. */
  forget(): void {
    this.#underWay.clear();
  }

  #acknowledge(bytes: Uint8Array): void {
    if (this.#held === undefined) this.#send(bytes);
    else this.#held.push(bytes);
  }
}
