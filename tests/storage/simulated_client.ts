/**
 * A client as the standard has it, by calls instead of bytes: what it has sent and is not acknowledged it sends again, and
 * a QoS 2 message counts once. Invariant: it outlives every broker.
 */
import { FakeOutlet } from "../session/support.ts";

/** A message that a client has published. */
export interface Published {
  /** Its payload, of its own. */
  readonly name: string;
  readonly qos: 1 | 2;
  readonly packetId: number;
  /** The sessions that get it. */
  readonly receivers: readonly string[];
  /** One of the members gets it as well. */
  readonly isShared: boolean;
  /** PUBREC has come. */
  isReleased: boolean;
  /** Its client has begun a new session before it was acknowledged to the end. */
  isForgotten: boolean;
}

/** What it has to say to the broker about what it got. */
export interface Answer {
  readonly kind: "PUBACK" | "PUBREC" | "PUBCOMP";
  readonly packetId: number;
}

/** Packet ids come back soon. */
const PACKET_IDS = 5;

const NEW = { isReleased: false, isForgotten: false };

/** One client. */
export class SimulatedClient {
  readonly name: string;
  /** Where the broker's packets arrive; undefined: there is no connection. */
  outlet: FakeOutlet | undefined;
  /** CONNACK has come. */
  isLetIn = false;
  /** Published, and not acknowledged to the end. */
  readonly outbox: Published[] = [];
  /** How often each message was taken. */
  readonly taken = new Map<string, number>();
  answers: Answer[] = [];
  readonly #receivedIds = new Set<number>();
  #lastId = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** A message for the outbox. */
  publish(name: string, qos: 1 | 2, receivers: readonly string[], isShared: boolean): Published {
    do this.#lastId = this.#lastId % PACKET_IDS + 1; while (
      this.outbox.some(({ packetId }) => packetId === this.#lastId)
    );
    const packetId = this.#lastId;
    const message = { name, qos, packetId, receivers, isShared, ...NEW };
    this.outbox.push(message);
    return message;
  }

  /** PUBACK or PUBCOMP has come. */
  done(message: Published): void {
    const at = this.outbox.indexOf(message);
    if (at >= 0) this.outbox.splice(at, 1);
  }

  /** Takes the next packet of the broker; false: there is none. */
  read(): boolean {
    const packet = this.outlet?.sent.shift();
    if (packet === undefined) return false;
    const [what, id] = packet.split("#") as [string, string];
    const packetId = parseInt(id);
    if (what === "62") this.#released(packetId);
    else this.#received(what, packetId);
    return true;
  }

  /** The connection is over, and what was on its way. */
  cut(): void {
    this.outlet = undefined;
    this.isLetIn = false;
    this.answers = [];
  }

  /** It begins a new session. */
  forget(): void {
    for (const message of this.outbox.splice(0)) message.isForgotten = true;
    this.#receivedIds.clear();
  }

  #released(packetId: number): void {
    this.#receivedIds.delete(packetId);
    this.answers.push({ kind: "PUBCOMP", packetId });
  }

  #received(what: string, packetId: number): void {
    const [name, qos] = what.split("/") as [string, string];
    const isNew = qos === "1" || !this.#receivedIds.has(packetId);
    if (isNew) this.taken.set(name, (this.taken.get(name) ?? 0) + 1);
    if (qos === "2") this.#receivedIds.add(packetId);
    this.answers.push({ kind: qos === "1" ? "PUBACK" : "PUBREC", packetId });
  }
}
