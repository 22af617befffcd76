/**
 * The first bytes of a connection: is this a CONNECT? Invariants: what can become none is not waited for, except for
 * the few bytes that tell what it is; what strangers are told is loaded when one comes.
 */
import { ProtocolError } from "../../wire/errors.ts";
import { PacketType } from "../../wire/packets.ts";
import type { Client } from "../client.ts";

/** The shortest request of HTTP is longer than this: its method alone, and a blank. */
const METHOD = 8;
/** The protocol name and level of MQTT 5, as they stand behind the remaining length. */
const LEVEL_5 = [0, 4, 0x4d, 0x51, 0x54, 0x54, 5];
const MOST_LENGTH_BYTES = 4;
/** TLS begins with this byte: to MQTT a CONNECT whose flags are wrong. */
const TLS_HANDSHAKE = 0x16;

/** A part of the first packet is here: rejects for what can become no CONNECT. */
export function checkOpening(client: Client, header: number): void | Promise<never> {
  if (isConnect(header)) return;
  const { opening } = client.connection.inbound;
  const mayBeMethod = opening.length < METHOD && opening.every(isCapital);
  if (!mayBeMethod) return turnAway(client, notConnect());
}

/** Is this the first byte of a CONNECT, its flags aside? */
export function isConnect(header: number): boolean {
  return header >> 4 === PacketType.CONNECT;
}

/** Do these bytes begin a CONNECT of MQTT 5, whatever else is wrong with it? */
export function saysLevel5(bytes: Uint8Array): boolean {
  if (bytes.length === 0 || !isConnect(bytes[0]!)) return false;
  let at = 1;
  while (at < MOST_LENGTH_BYTES && bytes[at]! > 127) at++;
  return LEVEL_5.every((byte, index) => bytes[at + 1 + index] === byte);
}

/** Is this the first byte of a TLS handshake? */
export function looksLikeTls(header: number | undefined): boolean {
  return header === TLS_HANDSHAKE;
}

/** The fault of a first packet that is something else. */
export function notConnect(): ProtocolError {
  return new ProtocolError("the first packet is not CONNECT", "MQTT-3.1.0-1");
}

/** Rejects with what people should read, once what can be answered is. */
export async function turnAway(client: Client, fault: unknown): Promise<never> {
  const { answerStranger } = await import("./stranger.ts");
  throw await answerStranger(client, fault);
}

/** Has a client that never said CONNECT begun a TLS handshake, and gone no further? */
export function hasBegunTls({ connection }: Client): boolean {
  return looksLikeTls(connection.inbound.nextHeader);
}

/** Says the reason of a close, later and with what to do where a TLS handshake was begun. */
export function explain(client: Client, reason: string, say: (text: string) => void): void {
  if (client.session !== undefined || !hasBegunTls(client)) return say(reason);
  void import("./stranger.ts").then(({ adviceOf }) => {
    const advice = adviceOf(client);
    say(advice === undefined ? reason : `${reason}; ${advice}`);
  });
}

function isCapital(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}
