/**
 * What members say to each other, as bytes: a kind, a length, a body. Invariants: a message is its PUBLISH with a few
 * bytes in front, so that it is copied once and its frame serves there as it is; numbers have the higher byte first.
 */
import type { OutgoingPublish } from "../session/outgoing.ts";
import { decodeUtf8, encodeUtf8 } from "../wire/utf8.ts";
import { publishHeader } from "../wire/publish.ts";
import type { Incoming } from "./incoming.ts";
import type { Link, Run } from "./link.ts";

/** The first byte of each frame. */
export const BusKind = {
  MESSAGE: 1,
  /** A filter and how many want it. */
  INTEREST: 2,
  CLAIM: 3,
  /** The home asks the owner. */
  YIELD: 4,
  YIELDED: 5,
  GRANTED: 6,
  RELEASED: 7,
  /** Everything that was there before this member came has been told. */
  READY: 8,
  /** No stamp that comes later is lower. */
  CLOCK: 9,
  /** Messages at QoS 0 of one topic, for who wants all of them: how many, payload bytes, PUBLISH after PUBLISH. */
  RUN: 10,
} as const;
/** One of them. */
export type BusKind = (typeof BusKind)[keyof typeof BusKind];

/** Kind and length. */
export const HEAD = 5;

/** The bits of a message. */
const Bit = { PLAIN: 1, KEPT: 2, V5: 4, GROUPS: 8, PUBLISHER: 16 } as const;
/** A retained message's stamp. */
const STAMP = 8;
const LENGTH = 2;

/** Number and payload bytes in front of a run's PUBLISHes. */
const RUN_HEAD = 8;
/** From here on a run grows no further, for receivers get it in one piece; a payload like this is not in one. */
const RUN_BYTES = 16_384;
/** QoS 0 without RETAIN, as every receiver gets it. */
const PLAIN_PUBLISH = 0x30;

/** The largest number of groups in a message. */
const MOST_GROUPS = 255;

/** What goes in front of a PUBLISH. */
export interface Destination {
  readonly isPlain: boolean;
  /** That of a message that is kept; undefined: it is not. */
  readonly stamp: number | undefined;
  readonly groups: readonly string[];
}

/** Writes a message. More than 255 groups are several messages. */
export function writeMessage(link: Link, publish: OutgoingPublish, to: Destination): void {
  const { stamp } = to;
  if (stamp === undefined && to.groups.length === 0) return writePlain(link, publish);
  const groups = to.groups.slice(0, MOST_GROUPS).map((name) => encodeUtf8(name, "topic filter"));
  const isV5 = publish.carried !== undefined;
  const frame = publish.frameFor(isV5 ? 5 : 4, publish.qos);
  const publisher = stamp === undefined || publish.publisher === undefined
    ? undefined
    : encodeUtf8(publish.publisher, "client id");
  let size = 1 + frame.length;
  if (stamp !== undefined) size += STAMP;
  if (publisher !== undefined) size += LENGTH + publisher.length;
  if (groups.length > 0) size += groups.reduce((sum, name) => sum + LENGTH + name.length, 1);
  let at = writeHead(link, BusKind.MESSAGE, size);
  const { bytes } = link;
  bytes[at++] = (to.isPlain ? Bit.PLAIN : 0) | (stamp === undefined ? 0 : Bit.KEPT) |
    (isV5 ? Bit.V5 : 0) | (groups.length > 0 ? Bit.GROUPS : 0) |
    (publisher === undefined ? 0 : Bit.PUBLISHER);
  if (stamp !== undefined) at = putNumber(bytes, at, stamp);
  if (publisher !== undefined) at = putPrefixed(bytes, at, publisher);
  if (groups.length > 0) {
    bytes[at++] = groups.length;
    for (const name of groups) at = putPrefixed(bytes, at, name);
  }
  bytes.set(frame, at);
  bytes[at] = publishHeader(publish.qos, publish.retain, false);
  if (to.groups.length > MOST_GROUPS) {
    const rest = { isPlain: false, stamp: undefined, groups: to.groups.slice(MOST_GROUPS) };
    writeMessage(link, publish, rest);
  }
}

/** The same for who wants all of them: most messages. */
function writePlain(link: Link, publish: OutgoingPublish): void {
  const isV5 = publish.carried !== undefined;
  if (publish.qos === 0 && !isV5 && !publish.retain && publish.payloadLength < RUN_BYTES) {
    return writeInRun(link, publish);
  }
  const frame = publish.frameFor(isV5 ? 5 : 4, publish.qos);
  const at = writeHead(link, BusKind.MESSAGE, 1 + frame.length);
  const { bytes } = link;
  bytes[at] = isV5 ? Bit.PLAIN | Bit.V5 : Bit.PLAIN;
  bytes.set(frame, at + 1);
  bytes[at + 1] = publishHeader(publish.qos, publish.retain, false);
}

/** One routing, one copy for each receiver serve a whole run there. */
function writeInRun(link: Link, publish: OutgoingPublish): void {
  const frame = publish.frameFor(4, 0);
  const run = runFor(link, publish.topic);
  const at = link.reserve(frame.length);
  const { bytes } = link;
  bytes.set(frame, at);
  bytes[at] = PLAIN_PUBLISH;
  run.end = at + frame.length;
  run.messages++;
  run.payloadBytes += publish.payloadLength;
  putUint32(bytes, run.start + 1, run.end - run.start - HEAD);
  putUint32(bytes, run.start + HEAD, run.messages);
  putUint32(bytes, run.start + HEAD + 4, run.payloadBytes);
}

/** The one that was written last, if nothing came behind it. */
function runFor(link: Link, topic: Uint8Array): Run {
  const { run, length } = link;
  if (run !== undefined && run.topic === topic && run.end === length) {
    if (run.end - run.start < RUN_BYTES) return run;
  }
  const start = writeHead(link, BusKind.RUN, RUN_HEAD) - HEAD;
  return link.run = { topic, start, end: start, messages: 0, payloadBytes: 0 };
}

/** Reads a run whose body begins at `at`: where its first PUBLISH is, and how many there are. */
export function readRun(bytes: Uint8Array, at: number, end: number, into: Incoming): void {
  into.messages = uint32At(bytes, at);
  into.payloadBytes = uint32At(bytes, at + 4);
  into.publisher = undefined;
  into.groups = NO_GROUPS;
  into.bytes = bytes;
  into.isV5 = into.isKept = false;
  into.isPlain = true;
  into.end = end;
  into.readAt(at + RUN_HEAD);
}

/** Writes a frame whose body is these bytes. */
export function writeFrame(link: Link, kind: BusKind, body: Uint8Array): void {
  const at = writeHead(link, kind, body.length);
  link.bytes.set(body, at);
}

function writeHead(link: Link, kind: BusKind, length: number): number {
  const at = link.reserve(HEAD + length);
  const { bytes } = link;
  bytes[at] = kind;
  putUint32(bytes, at + 1, length);
  return at + HEAD;
}

function putUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function uint32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>>
    0;
}

/** How long the body is of a frame that begins at `at`; undefined: its head is not whole. */
export function bodyLength(bytes: Uint8Array, at: number, end: number): number | undefined {
  if (end - at < HEAD) return undefined;
  return uint32At(bytes, at + 1);
}

/**
 * Reads the message whose body begins at `at` and ends at `end`.
 * @returns its stamp where it is a kept one
 */
export function readMessage(
  bytes: Uint8Array,
  at: number,
  end: number,
  into: Incoming,
): number | undefined {
  const bits = bytes[at++]!;
  let stamp: number | undefined;
  if ((bits & Bit.KEPT) !== 0) {
    stamp = numberAt(bytes, at);
    at += STAMP;
  }
  into.publisher = undefined;
  if ((bits & Bit.PUBLISHER) !== 0) {
    into.publisher = prefixedAt(bytes, at);
    at += LENGTH + lengthAt(bytes, at);
  }
  into.groups = NO_GROUPS;
  if ((bits & Bit.GROUPS) !== 0) {
    const groups: string[] = [];
    for (let left = bytes[at++]!; left > 0; left--) {
      groups.push(prefixedAt(bytes, at));
      at += LENGTH + lengthAt(bytes, at);
    }
    into.groups = groups;
  }
  into.bytes = bytes;
  into.isV5 = (bits & Bit.V5) !== 0;
  into.isPlain = (bits & Bit.PLAIN) !== 0;
  into.isKept = stamp !== undefined;
  into.end = end;
  into.readAt(at);
  return stamp;
}

const NO_GROUPS: readonly string[] = [];

function putPrefixed(bytes: Uint8Array, at: number, text: Uint8Array): number {
  bytes[at] = text.length >> 8;
  bytes[at + 1] = text.length;
  bytes.set(text, at + LENGTH);
  return at + LENGTH + text.length;
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function prefixedAt(bytes: Uint8Array, at: number): string {
  const from = at + LENGTH;
  return decodeUtf8(bytes, from, from + lengthAt(bytes, at), "text of the bus");
}

function putNumber(bytes: Uint8Array, at: number, value: number): number {
  new DataView(bytes.buffer, bytes.byteOffset).setFloat64(at, value);
  return at + STAMP;
}

function numberAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(at);
}
