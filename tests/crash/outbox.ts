/**
 * What a client has published and the broker has not acknowledged to the end: the sender's side of QoS 1 and 2.
 * Invariants: what is open is sent again at each new connection, in its order, PUBLISH with DUP or PUBREL; a packet id is
 * free again as soon as its handshake is over, and is soon used again.
 */
import { pubrel } from "../support/raw_packets.ts";
import type { Mark, Qos } from "./history.ts";
import type { Answer, Level } from "./incoming.ts";
import { publishPacket } from "./packets.ts";
import { payloadOf } from "./payload.ts";
import type { Note, Send } from "./world.ts";

/** A message that is to be published. */
export interface Publication extends Mark {
  readonly qos: Qos;
  readonly isRetained: boolean;
  /** Without payload: the retained value goes. */
  readonly isClear: boolean;
}

interface Open {
  readonly message: Publication;
  isReleased: boolean;
}

/** Few ids, so that a broker that still remembers an old one is found out. */
const HIGHEST_ID = 40;

/** The sender's side of one client. */
export class Outbox {
  readonly #level: Level;
  readonly #note: Note;
  readonly #send: Send;
  readonly #open = new Map<number, Open>();
  #lastId = 0;

  constructor(level: Level, note: Note, send: Send) {
    this.#level = level;
    this.#note = note;
    this.#send = send;
  }

  /** Messages whose handshake is not over. */
  get size(): number {
    return this.#open.size;
  }

  publish(message: Publication): void {
    do this.#lastId = this.#lastId % HIGHEST_ID + 1; while (this.#open.has(this.#lastId));
    this.#open.set(this.#lastId, { message, isReleased: false });
    this.#sendPublish(this.#lastId, message, false);
  }

  /** A connection is there: what is open goes out again. */
  resend(): void {
    for (const [id, { message, isReleased }] of this.#open) {
      if (isReleased) this.#send(pubrel(id));
      else this.#sendPublish(id, message, true);
    }
  }

  /** PUBACK, PUBREC or PUBCOMP; one for an unknown id means nothing. */
  onAck({ type, id, code }: Answer): void {
    const open = this.#open.get(id);
    if (open === undefined || (type === "PUBACK") !== (open.message.qos === 1)) return;
    const { topic, sequence } = open.message;
    if (code >= 0x80 && type !== "PUBCOMP") {
      this.#note({ kind: "refused", what: `${type} ${topic}#${sequence}`, code });
      this.#open.delete(id);
    } else if (type === "PUBREC") {
      this.#note({ kind: "pubrec", topic, sequence });
      open.isReleased = true;
      this.#send(pubrel(id));
    } else if (type === "PUBACK" || open.isReleased) {
      this.#note({ kind: type === "PUBACK" ? "puback" : "pubcomp", topic, sequence });
      this.#open.delete(id);
    }
  }

  #sendPublish(id: number, message: Publication, dup: boolean): void {
    const { topic, sequence, qos, isRetained: retain, isClear } = message;
    this.#note({ kind: "publish", topic, sequence, qos, isDuplicate: dup, isClear });
    const payload = isClear ? "" : payloadOf(message);
    this.#send(publishPacket(this.#level, topic, payload, { qos, id, dup, retain }));
  }
}
