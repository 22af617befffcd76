/**
 * Properties of MQTT 5 in lines of JSON: by name, where the names come to the same bytes again, else the bytes. Invariant:
 * bytes and message expiry interval come back as they were.
 */
import { encodeBase64 } from "../../encoding.ts";
import { equalBytes } from "../../equal.ts";
import { messageOf, UserError } from "../../user_error.ts";
import { MessageProperties } from "../../wire/message_properties.ts";
import { type Properties, readPublishList } from "../../wire/properties.ts";
import { BY_KEY, PropertiesOf, type PropertyRow } from "../../wire/property_table.ts";
import { Reader } from "../../wire/reader.ts";
import { Fields } from "./fields.ts";

/** Binary ones have this behind their name. */
const BASE64 = "Base64";
const EXPIRY = "messageExpiryInterval";
const MOST_SECONDS = 0xffff_ffff;
/** What belongs to a message, and to no hop. */
const ON_BOTH = PropertiesOf.PUBLISH | PropertiesOf.WILL;

/** Properties on their way into a line; binary ones as `NAMEBase64`. */
export function propertiesFields(properties: MessageProperties): Readonly<Record<string, unknown>> {
  const { values, expiry } = properties;
  if (isSame(MessageProperties.of(values), properties)) return named(values);
  return { base64: encodeBase64(properties.bytes), [EXPIRY]: expiry };
}

function isSame(made: MessageProperties | undefined, { bytes, expiry }: MessageProperties) {
  return made !== undefined && made.expiry === expiry && equalBytes(made.bytes, bytes);
}

function named(values: Properties): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) =>
      value instanceof Uint8Array ? [key + BASE64, encodeBase64(value)] : [key, value]
    ),
  );
}

/** The key `properties` of a line; undefined where there is none. @throws UserError */
export function readPropertiesFields(line: Fields): MessageProperties | undefined {
  if (!line.has("properties")) return undefined;
  const fields = line.fields("properties");
  try {
    return fields.has("base64") ? ofBytes(fields) : ofNames(fields, line.value("properties"));
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const what = "expected properties of a PUBLISH";
    throw new UserError(`${fields.where}: ${what}: ${messageOf(cause)}`, { cause });
  }
}

function ofBytes(fields: Fields): MessageProperties | undefined {
  const bytes = fields.base64("base64");
  const expiry = fields.wholeOr(EXPIRY, 0, MOST_SECONDS, undefined);
  fields.end();
  return MessageProperties.read(bytes, readPublishList(new Reader(bytes, 0, bytes.length)), expiry);
}

function ofNames(fields: Fields, all: unknown): MessageProperties | undefined {
  const values: Record<string, unknown> = {};
  for (const written of Object.keys(all as object)) {
    const key = written.endsWith(BASE64) ? written.slice(0, -BASE64.length) : written;
    const row = BY_KEY.get(key);
    const isKnown = row !== undefined && (row.on & ON_BOTH) === ON_BOTH &&
      (row.kind === "binary") === (written !== key);
    if (isKnown) values[key] = valueOf(fields, row, written);
  }
  fields.end();
  return MessageProperties.of(values);
}

function valueOf(fields: Fields, { kind, least, most }: PropertyRow, key: string): unknown {
  switch (kind) {
    case "binary":
      return fields.base64(key);
    case "pair":
      return fields.list(key).map((pair) => isPair(pair) ? pair : fields.wrong(key, PAIRS));
    case "string":
      return fields.text(key);
    case "flag":
      return fields.flag(key);
    case "varint":
      return fields.numbers(key, most);
    default:
      return fields.whole(key, least, most);
  }
}

const PAIRS = "a list of pairs of texts";

function isPair(pair: unknown): boolean {
  return Array.isArray(pair) && pair.length === 2 &&
    pair.every((text) => typeof text === "string");
}
