// @ts-check
/**
 * The packets that a broker of MQTT 5 sends, from a stream of bytes cut anywhere. Invariants: at most one packet that is
 * not whole is kept, and it is not larger than the limit; a payload is a view into what came.
 */
import { MalformedError, Reader } from "./bytes.js";
import { readProperties } from "./properties.js";

/**
 * @typedef {import("./properties.js").Properties} Properties
 * @typedef {{ type: "connack", sessionPresent: boolean, reasonCode: number, properties: Properties }} Connack
 * @typedef {{ type: "publish", topicName: string, payload: Uint8Array, qos: 0 | 1 | 2, retain: boolean, dup: boolean, packetId: number, properties: Properties }} Published
 * @typedef {{ type: "puback" | "pubrec" | "pubrel" | "pubcomp", packetId: number, reasonCode: number, properties: Properties }} Ack
 * @typedef {{ type: "suback" | "unsuback", packetId: number, reasonCodes: number[], properties: Properties }} Answer
 * @typedef {{ type: "pingresp" }} Pong
 * @typedef {{ type: "disconnect" | "auth", reasonCode: number, properties: Properties }} Farewell
 * @typedef {Connack | Published | Ack | Answer | Pong | Farewell} Packet
 */

/** @param {number} header @param {Reader} reader @returns {Connack} */
function connack(header, reader) {
  if (header !== 0x20) throw new MalformedError("a CONNACK with flags");
  const sessionPresent = (reader.byte() & 1) === 1;
  const reasonCode = reader.byte();
  return { type: "connack", sessionPresent, reasonCode, properties: readProperties(reader) };
}

/** @param {number} header @param {Reader} reader @returns {Published} */
function publish(header, reader) {
  const qos = header >> 1 & 3;
  if (qos !== 0 && qos !== 1 && qos !== 2) throw new MalformedError("a PUBLISH with QoS 3");
  const topicName = reader.text();
  const packetId = qos > 0 ? reader.uint16() : 0;
  const properties = readProperties(reader);
  const [retain, dup] = [(header & 1) === 1, (header & 8) === 8];
  const payload = reader.take(reader.left);
  return { type: "publish", topicName, payload, qos, retain, dup, packetId, properties };
}

/** @param {Ack["type"]} type @returns {(header: number, reader: Reader) => Ack} */
const ack = (type) => (_, reader) => {
  const packetId = reader.uint16();
  return { type, packetId, ...reasoned(reader) };
};

/** @param {Farewell["type"]} type @returns {(header: number, reader: Reader) => Farewell} */
const farewell = (type) => (_, reader) => ({ type, ...reasoned(reader) });

/** A reason code and properties; what is left out stands for 0 and none. @param {Reader} reader */
function reasoned(reader) {
  const reasonCode = reader.left > 0 ? reader.byte() : 0;
  return { reasonCode, properties: reader.left > 0 ? readProperties(reader) : {} };
}

/** @param {Answer["type"]} type @returns {(header: number, reader: Reader) => Answer} */
const answer = (type) => (_, reader) => {
  const packetId = reader.uint16();
  const properties = readProperties(reader);
  return { type, packetId, reasonCodes: [...reader.take(reader.left)], properties };
};

/** By packet type; a client gets no others. @type {Record<number, (header: number, reader: Reader) => Packet>} */
const DECODERS = {
  2: connack,
  3: publish,
  4: ack("puback"),
  5: ack("pubrec"),
  6: ack("pubrel"),
  7: ack("pubcomp"),
  9: answer("suback"),
  11: answer("unsuback"),
  13: () => ({ type: "pingresp" }),
  14: farewell("disconnect"),
  15: farewell("auth"),
};

/** @param {number} header @param {Reader} reader @returns {Packet} */
function decode(header, reader) {
  const decoder = DECODERS[header >> 4];
  if (decoder === undefined) throw new MalformedError(`a packet of type ${header >> 4}`);
  const packet = decoder(header, reader);
  if (reader.left > 0) throw new MalformedError(`bytes are left behind ${packet.type}`);
  return packet;
}

/**
 * Where the packet at `from` lies; undefined while its length is not known.
 * @param {Uint8Array} bytes @param {number} from
 */
function frameAt(bytes, from) {
  let length = 0;
  for (let digit = 0; digit < 4; digit++) {
    const byte = bytes[from + 1 + digit];
    if (byte === undefined) return undefined;
    length |= (byte & 0x7f) << 7 * digit;
    if (byte < 0x80) return { body: from + 2 + digit, end: from + 2 + digit + length };
  }
  throw new MalformedError("a remaining length of more than four bytes");
}

/** Takes bytes as they come and gives packets. */
export class Decoder {
  /** @type {Uint8Array[]} */
  #parts = [];
  #size = 0;
  /** There is no packet before there are that many bytes. */
  #wanted = 2;
  #maxPacketSize;

  /** @param {number} maxPacketSize bytes of a whole packet */
  constructor(maxPacketSize) {
    this.#maxPacketSize = maxPacketSize;
  }

  /** Bytes of a packet that is not whole. */
  get kept() {
    return this.#size;
  }

  /**
   * @param {Uint8Array} chunk is not changed afterwards
   * @returns {Generator<Packet, void>} read to its end before the next chunk
   * @throws {MalformedError} the connection is of no use any more
   */
  *push(chunk) {
    this.#parts.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#wanted) return;
    const bytes = this.#joined();
    let at = 0;
    for (;;) {
      const frame = frameAt(bytes, at);
      const size = frame === undefined ? bytes.length - at + 1 : frame.end - at;
      if (size > this.#maxPacketSize) throw new MalformedError(`a packet of ${size} bytes`);
      this.#wanted = Math.max(2, size);
      if (frame === undefined || frame.end > bytes.length) break;
      const header = /** @type {number} */ (bytes[at]);
      at = frame.end;
      yield decode(header, new Reader(bytes, frame.body, frame.end));
    }
    this.#keep(bytes.subarray(at));
  }

  #joined() {
    const [first] = this.#parts;
    if (this.#parts.length === 1 && first !== undefined) return first;
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  /** @param {Uint8Array} rest */
  #keep(rest) {
    this.#parts = rest.length === 0 ? [] : [rest.slice()];
    this.#size = rest.length;
  }
}
