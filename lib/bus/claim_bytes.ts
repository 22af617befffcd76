/** Claims and what they come to, as bytes. Invariant: each is read as it is written; what is read is a copy. */
import { ByteReader } from "../storage/byte_reader.ts";
import { ByteWriter } from "../storage/byte_writer.ts";
import { Replay } from "../storage/replay.ts";
import type { StoredState } from "../storage/state.ts";
import { batchesOf } from "../storage/state_writer.ts";
import type { Claim, Granted } from "./bus.ts";

const Bit = { USERNAME: 1, PROVEN: 2, WANTS_NEW: 4 } as const;
const Outcome = { REFUSED: 0, NOTHING: 1, SESSION: 2 } as const;

/** A claim with the number that its answer has. */
export function claimBytes(ticket: number, claim: Claim): Uint8Array {
  const out = new ByteWriter();
  const { username, isProven, wantsNew } = claim;
  out.varint(ticket);
  out.byte(
    (username === undefined ? 0 : Bit.USERNAME) | (isProven ? Bit.PROVEN : 0) |
      (wantsNew ? Bit.WANTS_NEW : 0),
  );
  out.text(claim.clientId);
  if (username !== undefined) out.text(username);
  return out.written;
}

/** The same, read. */
export function readClaim(bytes: Uint8Array): { ticket: number; claim: Claim } {
  const from = new ByteReader(bytes);
  const ticket = from.varint();
  const bits = from.byte();
  const clientId = from.text();
  const username = (bits & Bit.USERNAME) === 0 ? undefined : from.text();
  const isProven = (bits & Bit.PROVEN) !== 0;
  return {
    ticket,
    claim: { clientId, username, isProven, wantsNew: (bits & Bit.WANTS_NEW) !== 0 },
  };
}

/** The answer to a ticket. */
export function grantedBytes(ticket: number, { isRefused, state }: Granted): Uint8Array {
  const out = new ByteWriter();
  out.varint(ticket);
  out.byte(isRefused ? Outcome.REFUSED : state === undefined ? Outcome.NOTHING : Outcome.SESSION);
  if (state === undefined) return out.written;
  for (const { time, body } of batchesOf(state, { number: 1, wall: 0 })) {
    out.float(time);
    out.blob(body);
  }
  return out.written;
}

/** The same, read. */
export function readGranted(bytes: Uint8Array): { ticket: number; granted: Granted } {
  const from = new ByteReader(bytes);
  const ticket = from.varint();
  const outcome = from.byte();
  const isRefused = outcome === Outcome.REFUSED;
  const state = outcome === Outcome.SESSION ? readState(from) : undefined;
  return { ticket, granted: { isRefused, state } };
}

function readState(from: ByteReader): StoredState {
  const replay = new Replay();
  for (let number = 1; !from.isAtEnd; number++) {
    const time = from.float();
    replay.add({ number, keepFrom: 1, time, wall: 0, body: from.blob() });
  }
  return replay.result.state;
}
