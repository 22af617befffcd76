/**
 * Properties of MQTT 5.0 on their way into a packet, written by the table of all 27. Invariant: what the decoder would
 * refuse is a RangeError, never a packet.
 */
import { varintSize } from "./frame.ts";
import type { Properties, UserProperty } from "./properties.ts";
import {
  BY_KEY,
  hasWildcard,
  type PropertiesOf,
  type PropertyRow,
  repeats,
} from "./property_table.ts";
import { encodeUtf8 } from "./utf8.ts";
import { checkBinary, Writer } from "./writer.ts";

/** Properties on their way into a packet: their parts, and how many bytes they take with their length in front. */
export class PropertyList {
  readonly #parts: {
    readonly row: PropertyRow;
    readonly value: number | Uint8Array | readonly Uint8Array[];
  }[] = [];
  /** Without the length in front. */
  length = 0;

  /**
   * @throws RangeError for a property that the packet does not have, and for a value that does not fit
   */
  constructor(properties: Properties | undefined, of: PropertiesOf) {
    if (properties === undefined) return;
    for (const [key, value] of Object.entries(properties)) {
      if (value === undefined) continue;
      const row = BY_KEY.get(key);
      if (row === undefined) throw new RangeError(`there is no property ${key}`);
      if ((row.on & of) === 0) throw new RangeError(`${row.name} does not belong to this packet`);
      if (!Array.isArray(value)) this.#add(row, value);
      else if (value.length < 2 || repeats(row, of)) {
        for (const one of value) this.#add(row, one);
      } else throw new RangeError(`${row.name} can come only once in this packet`);
    }
    if (
      properties.authenticationData !== undefined && properties.authenticationMethod === undefined
    ) {
      throw new RangeError("authentication data without a method");
    }
  }

  /** With the length in front. */
  get size(): number {
    return varintSize(this.length) + this.length;
  }

  write(writer: Writer): void {
    writer.varint(this.length);
    for (const { row, value } of this.#parts) {
      writer.byte(row.id);
      if (typeof value !== "number") {
        if (value instanceof Uint8Array) writer.prefixed(value);
        else for (const text of value) writer.prefixed(text);
      } else if (row.kind === "uint16") writer.uint16(value);
      else if (row.kind === "uint32") writer.uint32(value);
      else if (row.kind === "varint") writer.varint(value);
      else writer.byte(value);
    }
  }

  #add(row: PropertyRow, given: unknown): void {
    const value = toWire(row, given);
    this.#parts.push({ row, value });
    this.length += 1 + sizeOf(row, value);
  }
}

function textToSend({ key, name }: PropertyRow, text: string): string {
  if (key !== "responseTopic" || (text !== "" && !hasWildcard(text))) return text;
  throw new RangeError(`${name} "${text}" is not a topic name`);
}

function toWire(row: PropertyRow, given: unknown): number | Uint8Array | readonly Uint8Array[] {
  const { kind, name, least, most } = row;
  if (kind === "string") return encodeUtf8(textToSend(row, given as string), name);
  if (kind === "binary") return checkBinary(given as Uint8Array, name);
  if (kind === "pair") {
    return (given as UserProperty).map((text) => encodeUtf8(text, "user property"));
  }
  if (kind === "flag") return given === true ? 1 : 0;
  const value = given as number;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${name} ${value} is not within ${least} to ${most}`);
}

function sizeOf({ kind }: PropertyRow, value: number | Uint8Array | readonly Uint8Array[]): number {
  if (value instanceof Uint8Array) return 2 + value.length;
  if (typeof value !== "number") return value.reduce((sum, text) => sum + 2 + text.length, 0);
  if (kind === "varint") return varintSize(value);
  return kind === "uint32" ? 4 : kind === "uint16" ? 2 : 1;
}
