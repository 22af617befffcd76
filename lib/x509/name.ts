/**
 * Distinguished names: whom a certificate is for, who signed it. Pure. Invariants: the text is the one of RFC 4514 as
 * EMQ X writes it for `%d`, printable ASCII only; two names are the same where OpenSSL takes them for the same.
 */
import { encodeHex } from "../encoding.ts";
import { DerReader, type Element, oidOf, Tag } from "./der.ts";
import { directoryText } from "./text.ts";

/** One name. */
export interface DistinguishedName {
  /** `CN=d7,O=Org`: the last part first, as in RFC 4514; empty where there is none. */
  readonly text: string;
  /** Equal for equal names. */
  readonly key: string;
  /** Its common names in order; undefined for one that is no text for people. */
  readonly commonNames: readonly (string | undefined)[];
}

const COMMON_NAME = "2.5.4.3";

/** What EMQ X calls them. */
const TYPES: Readonly<Record<string, string>> = {
  "2.5.4.4": "SN",
  "2.5.4.42": "GIVENNAME",
  "2.5.4.43": "INITIALS",
  "2.5.4.44": "GENERATIONQUALIFIER",
  [COMMON_NAME]: "CN",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.12": "TITLE",
  "2.5.4.6": "C",
  "2.5.4.5": "SERIALNUMBER",
  "2.5.4.65": "PSEUDONYM",
  "0.9.2342.19200300.100.1.25": "DC",
  "1.2.840.113549.1.9.1": "EMAILADDRESS",
  "2.5.4.9": "STREET",
  "0.9.2342.19200300.100.1.1": "UID",
};

interface Attribute {
  readonly type: string;
  readonly value: Element;
  /** Undefined: not a text. */
  readonly text: string | undefined;
}

/** Reads a name. @throws DerError */
export function readName({ content }: Element): DistinguishedName {
  const reader = new DerReader(content);
  const parts: Attribute[][] = [];
  while (!reader.isAtEnd) parts.push(readPart(reader.into(Tag.SET)));
  return {
    text: parts.toReversed().map((part) => part.map(shownAttribute).join("+")).join(","),
    key: parts.map((part) => part.map(keyOf).join("+")).join(","),
    commonNames: parts.flat().filter(({ type }) => type === COMMON_NAME).map(({ text }) => text),
  };
}

function readPart(set: DerReader): Attribute[] {
  const attributes: Attribute[] = [];
  do {
    const pair = set.into(Tag.SEQUENCE);
    const type = oidOf(pair.take(Tag.OID));
    const value = pair.next();
    pair.finish();
    attributes.push({ type, value, text: directoryText(value) });
  } while (!set.isAtEnd);
  return attributes;
}

function shownAttribute({ type, value, text }: Attribute): string {
  const shown = text === undefined ? `#${encodeHex(value.whole)}` : escaped(text);
  return `${TYPES[type] ?? type}=${shown}`;
}

/** Case and runs of blanks make no difference, nor does the kind of string. */
function keyOf({ type, value, text }: Attribute): string {
  if (text === undefined) return `${type}#${encodeHex(value.whole)}`;
  const plain = text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
    .replace(/[ \t\n\v\f\r]+/g, " ").trim();
  return `${type}=${JSON.stringify(plain)}`;
}

/** As EMQ X escapes: by a backslash, and bytes of UTF-8 that are not plain ASCII (and `~`) as two digits. */
function escaped(text: string): string {
  return text
    .replace(/["+,;<>\\]|^[ #]|(?<!^) $/g, "\\$&")
    .replace(/[^\x20-\x7d]+/g, (run) => {
      const digits = encodeHex(new TextEncoder().encode(run)).toUpperCase();
      return digits.replace(/../g, "\\$&");
    });
}
