/**
 * mosquitto.db as rows. A chunk begins with a C structure: lengths in the network's order, ids and times in the
 * machine's, which is little-endian. Invariant: nothing of the file is passed over without a note.
 */
import { UserError } from "../../user_error.ts";
import { Reader } from "../../wire/reader.ts";
import type { StateBuilder } from "./builder.ts";
import { type Chunk, ChunkType, eachChunk } from "./mosquitto_chunks.ts";
import { type MosquittoRows, noRows } from "./mosquitto_rows.ts";
import { Usernames } from "./mosquitto_usernames.ts";
import { NO_PROPERTIES } from "./mosquitto_properties.ts";
import { addMosquitto } from "./mosquitto_state.ts";
import type { Notes } from "./notes.ts";
import { strictText as text } from "./strict_text.ts";

const ID_BYTES = 8;
const SUBSCRIPTION_IDENTIFIER = 0x0b;

/**
 * Adds the state of a mosquitto.db.
 * @param name of the file, for errors
 * @throws UserError for a file that cannot be read
 */
export function addMosquittoDb(bytes: Uint8Array, name: string, builder: StateBuilder): void {
  const file = new MosquittoFile(builder.notes, name);
  eachChunk(bytes, name, (chunk, version) => file.read(chunk, version));
  addMosquitto(file.rows, builder);
}

class MosquittoFile {
  readonly rows: MosquittoRows = noRows();
  readonly #notes: Notes;
  readonly #usernames: Usernames;
  readonly #name: string;

  constructor(notes: Notes, name: string) {
    this.#notes = notes;
    this.#usernames = new Usernames(notes);
    this.#name = name;
  }

  read({ type, reader }: Chunk, version: number): void {
    switch (type) {
      case ChunkType.CONFIG:
        return this.#config(reader);
      case ChunkType.MESSAGE:
        return this.#message(reader);
      case ChunkType.CLIENT:
        return this.#client(reader, version);
      case ChunkType.CLIENT_MESSAGE:
        return this.#clientMessage(reader);
      case ChunkType.SUBSCRIPTION:
        return this.#subscription(reader);
      case ChunkType.RETAINED:
        return void this.rows.retained.push(id(reader));
      default:
        this.#notes.skip("chunk", `type ${type} is not known`);
    }
  }

  /** Of a machine that has the bytes of an id the other way round, or other ids, nothing below would be right. */
  #config(reader: Reader): void {
    const { at } = reader;
    const newest = id(reader);
    const reversed = new DataView(reader.bytes.buffer).getBigUint64(
      reader.bytes.byteOffset + at,
      false,
    );
    reader.skip(1, "shutdown");
    const size = reader.byte("size of ids");
    if (size === ID_BYTES && newest <= reversed) return;
    const what = "ids of 8 bytes, little-endian";
    throw new UserError(`${this.#name}: expected ${what}, got another machine's`);
  }

  #message(reader: Reader): void {
    const messageId = id(reader);
    const expiryTime = seconds(reader);
    const payloadLength = reader.uint32("payload length");
    reader.skip(2, "source packet id");
    const sourceLength = reader.uint16("client id length");
    const usernameLength = reader.uint16("username length");
    const topicLength = reader.uint16("topic length");
    reader.skip(2, "source port");
    const qos = reader.byte("QoS");
    const retain = reader.byte("retain") !== 0;
    const source = text(take(reader, sourceLength)) ?? "";
    reader.skip(usernameLength, "username");
    this.rows.messages.push({
      id: messageId,
      topicName: text(take(reader, topicLength)),
      payload: take(reader, payloadLength).slice(),
      qos,
      retain,
      source,
      properties: properties(reader),
      expiryTime,
    });
  }

  #client(reader: Reader, version: number): void {
    const expiryTime = seconds(reader);
    const expiryInterval = reader.uint32("session expiry interval");
    const lastPacketId = reader.uint16("last packet id");
    const idLength = reader.uint16("client id length");
    let usernameLength = 0;
    if (version === 6) {
      reader.skip(2, "listener port");
      usernameLength = reader.uint16("username length");
      // Four bytes of padding on most machines, none on a PC of 32 bits.
      reader.skip(Math.min(4, Math.max(0, reader.left - idLength - usernameLength)), "padding");
    }
    const clientId = text(take(reader, idLength));
    const username = this.#usernames.read(take(reader, usernameLength));
    if (clientId === undefined || username === undefined) {
      return this.#notes.skip("session", "its client id or username is not UTF-8");
    }
    this.rows.clients.push({ clientId, username, expiryInterval, expiryTime, lastPacketId });
  }

  #clientMessage(reader: Reader): void {
    const messageId = id(reader);
    const packetId = reader.uint16("packet id");
    const idLength = reader.uint16("client id length");
    const qos = reader.byte("QoS");
    const state = reader.byte("state");
    const retain = (reader.byte("retain and dup") & 0xf0) !== 0;
    const isIncoming = reader.byte("direction") === 0;
    const clientId = text(take(reader, idLength));
    const identifiers = identifiersOf(reader);
    if (clientId === undefined) return; // its session has a note
    const row = { clientId, messageId, packetId, qos, retain, isIncoming, state, identifiers };
    this.rows.clientMessages.push(row);
  }

  #subscription(reader: Reader): void {
    const identifier = reader.uint32("subscription identifier");
    const idLength = reader.uint16("client id length");
    const filterLength = reader.uint16("topic filter length");
    const options = reader.byte("QoS") | reader.byte("options");
    reader.skip(2, "padding");
    const clientId = text(take(reader, idLength));
    const topicFilter = text(take(reader, filterLength));
    if (clientId === undefined) return;
    if (topicFilter === undefined) return this.#notes.skip("subscription", "it is not UTF-8");
    this.rows.subscriptions.push({ clientId, topicFilter, options, identifier });
  }
}

/** Properties that end a chunk, behind their length. */
function properties(reader: Reader): Uint8Array {
  if (reader.left === 0) return NO_PROPERTIES;
  return take(reader, reader.varint("property length"));
}

function identifiersOf(reader: Reader): number[] {
  const list = properties(reader);
  const identifiers: number[] = [];
  const rest = new Reader(list, 0, list.length);
  while (rest.left > 0 && rest.byte("property") === SUBSCRIPTION_IDENTIFIER) {
    identifiers.push(rest.varint("subscription identifier"));
  }
  return identifiers;
}

function id(reader: Reader): bigint {
  const bytes = take(reader, ID_BYTES);
  return new DataView(bytes.buffer, bytes.byteOffset, ID_BYTES).getBigUint64(0, true);
}

/** Since the epoch; one that no date has is 0. */
function seconds(reader: Reader): number {
  const value = Number(BigInt.asIntN(64, id(reader)));
  return Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function take(reader: Reader, length: number): Uint8Array {
  const { at } = reader;
  reader.skip(length, "text or payload");
  return reader.bytes.subarray(at, at + length);
}
