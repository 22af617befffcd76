/**
 * What sequences of MQTT 5 check again and again: that a CONNECT is refused, that bytes end a connection, each with
 * the reason codes that fit. Invariant: to close without a word is allowed wherever the standard says that a server may
 * send a reason; a reason that does not fit is not.
 */
import { PINGREQ, toHex } from "../support/raw_packets.ts";
import { parse5 } from "../support/raw_parse5.ts";
import type { RawClient } from "../support/raw_client.ts";
import type { Peer5 } from "./peer5.ts";
import type { Stage } from "./stage.ts";
import { disconnectIn } from "./words.ts";

/** Reason codes that several packets share. */
export const Reason = {
  MALFORMED: 0x81,
  PROTOCOL_ERROR: 0x82,
  BAD_VERSION: 0x84,
  BAD_CLIENT_ID: 0x85,
  BAD_LOGIN: 0x86,
  NOT_AUTHORIZED: 0x87,
  BAD_METHOD: 0x8c,
  KEEP_ALIVE: 0x8d,
  TAKEN_OVER: 0x8e,
  BAD_FILTER: 0x8f,
  BAD_TOPIC: 0x90,
  ID_IN_USE: 0x91,
  ID_NOT_FOUND: 0x92,
  TOO_MANY: 0x93,
  BAD_ALIAS: 0x94,
  TOO_LARGE: 0x95,
  BAD_PAYLOAD: 0x99,
  NO_RETAIN: 0x9a,
  BAD_QOS: 0x9b,
  NO_SHARED: 0x9e,
  NO_IDENTIFIERS: 0xa1,
  NO_WILDCARDS: 0xa2,
} as const;

/** What a malformed packet or a protocol error may be called. */
export const WRONG: readonly number[] = [Reason.MALFORMED, Reason.PROTOCOL_ERROR];

/** The codes of table 3-1 that refuse. */
const CONNECT_REASONS = [
  ...[0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97],
  ...[0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9f],
];

function shown(code: number): string {
  return `0x${code.toString(16)}`;
}

/** A CONNECT is refused: closed, with no answer or with one refusing CONNACK, whose code is one of `codes`. */
export async function refuses5(
  stage: Stage,
  codes: readonly number[],
  ...bytes: Uint8Array[]
): Promise<void> {
  await refusal(await stage.sent(...bytes), codes);
}

/** The same on a connection on which the CONNECT was sent; the code, or undefined where there was no CONNACK. */
export async function refusal(
  client: RawClient,
  codes: readonly number[] = CONNECT_REASONS,
): Promise<number | undefined> {
  const packet = await client.nextPacket();
  if (!packet) return undefined;
  const answer = parse5(packet);
  if (answer.type !== "CONNACK") throw new Error(`expected a refusal, got ${toHex(answer.bytes)}`);
  if (answer.sessionPresent) throw new Error("session present is 1");
  if (!codes.includes(answer.reasonCode)) throw new Error(`refused by ${shown(answer.reasonCode)}`);
  await client.expectClosed();
  return answer.reasonCode;
}

/** A CONNECT is refused by a CONNACK with one of these codes. */
export async function refusesBy(
  stage: Stage,
  codes: readonly number[],
  ...bytes: Uint8Array[]
): Promise<void> {
  const code = await refusal(await stage.sent(...bytes), codes);
  if (code === undefined) throw new Error("closed without CONNACK");
}

/** The connection ends, without a word or by DISCONNECT with one of `codes`. */
export async function endsFor(peer: Peer5, codes: readonly number[]): Promise<number | undefined> {
  const packet = await peer.raw.nextPacket();
  if (packet === undefined) return undefined;
  const code = disconnectIn(packet.bytes);
  if (!codes.includes(code)) throw new Error(`DISCONNECT ${shown(code)}`);
  await peer.raw.expectClosed();
  return code;
}

/** The same, where the standard asks for the DISCONNECT itself. */
export async function endsBy(peer: Peer5, codes: readonly number[]): Promise<void> {
  if (await endsFor(peer, codes) === undefined) throw new Error("closed without DISCONNECT");
}

/**
 * An accepted client that then sends `bytes` is closed and gets nothing for them but a DISCONNECT with one of `codes`. A
 * broker that tolerates them shows it at once by its PINGRESP.
 */
export async function closes5(
  stage: Stage,
  codes: readonly number[],
  ...bytes: Uint8Array[]
): Promise<void> {
  const peer = await stage.open5();
  await peer.raw.sendAnyway(...bytes, PINGREQ);
  await endsFor(peer, codes);
}

/** The same, where the standard asks for the DISCONNECT itself. */
export async function closesBy(
  stage: Stage,
  codes: readonly number[],
  ...bytes: Uint8Array[]
): Promise<void> {
  const peer = await stage.open5();
  await peer.raw.sendAnyway(...bytes, PINGREQ);
  await endsBy(peer, codes);
}
