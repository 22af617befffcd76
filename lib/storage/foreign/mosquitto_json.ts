/**
 * Properties of MQTT 5 in the JSON of mosquitto's SQLite plugin: a list of `{"identifier", "value"}`, of user properties
 * with a `name`, binary ones as hexadecimal digits. Invariant: one that cannot be one is left out with a note.
 */
import { messageOf } from "../../user_error.ts";
import { MessageProperties } from "../../wire/message_properties.ts";
import type { UserProperty } from "../../wire/properties.ts";
import type { Notes } from "./notes.ts";
import { NO_PROPERTIES } from "./mosquitto_properties.ts";

/** The properties that go with a message, by mosquitto's names. */
const KEYS: Readonly<Record<string, string>> = {
  "payload-format-indicator": "payloadFormatIndicator",
  "content-type": "contentType",
  "response-topic": "responseTopic",
  "correlation-data": "correlationData",
  "user-property": "userProperties",
};

/** One of the list. */
interface Item {
  readonly identifier?: unknown;
  readonly name?: unknown;
  readonly value?: unknown;
}

/** As PUBLISH has them, without their length. @param cell JSON; null: none */
export function jsonProperties(cell: unknown, notes: Notes): Uint8Array {
  if (typeof cell !== "string" || cell === "") return NO_PROPERTIES;
  try {
    return MessageProperties.of(valuesOf(JSON.parse(cell), notes))?.bytes ?? NO_PROPERTIES;
  } catch (error) {
    notes.differ("message", `its properties are left out, for ${messageOf(error)}`);
    return NO_PROPERTIES;
  }
}

function valuesOf(list: unknown, notes: Notes): Record<string, unknown> {
  if (!Array.isArray(list)) throw new RangeError("they are no list");
  const values: Record<string, unknown> = {};
  const pairs: UserProperty[] = [];
  for (const item of list as Item[]) {
    const key = KEYS[String(item?.identifier)];
    const value = key === undefined ? undefined : valueOf(key, item);
    if (key === undefined || value === undefined) {
      notes.skip("property", `mosquitto does not keep what ${String(item?.identifier)} is`);
    } else if (key === "userProperties") {
      pairs.push([String(item.name), String(value)]);
      values[key] = pairs;
    } else values[key] = value;
  }
  return values;
}

function valueOf(key: string, { name, value }: Item): unknown {
  if (key === "payloadFormatIndicator") return typeof value === "number" ? value : undefined;
  if (typeof value !== "string") return undefined;
  if (key === "userProperties") return typeof name === "string" ? value : undefined;
  return key === "correlationData" ? bytesOfHex(value) : value;
}

function bytesOfHex(digits: string): Uint8Array | undefined {
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) return undefined;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
