/**
 * A ban: who may not come in, until when, why, and who says so. Pure. Invariant: a ban names a client id, a user or a
 * network; of several it is for those of whom all are true.
 */
import { isWithin, parseNetwork, showNetwork } from "../cidr.ts";
import { shown } from "../shown.ts";
import { UserError } from "../user_error.ts";
import { type CodedReason, ReasonCode } from "../wire/codes.ts";

/** Whom a ban is for: those of whom everything is true that it names. */
export interface BanTarget {
  /** As in CONNECT. */
  readonly clientId?: string | undefined;
  /** As in CONNECT, or as the source that let the client in has it. */
  readonly username?: string | undefined;
  /** An address or a network: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/64`. */
  readonly network?: string | undefined;
}

/** A ban as it holds. */
export interface Ban extends BanTarget {
  /** Milliseconds since 1970; undefined: for ever. */
  readonly until: number | undefined;
  /** For people. */
  readonly reason: string | undefined;
  /** Who put it: an operator, or the detection of flapping clients. */
  readonly by: "admin" | "flapping";
  /** Milliseconds since 1970: when it was put. */
  readonly since: number;
}

/** What a ban is held against. */
export interface BanSubject {
  /** Empty before CONNECT. */
  readonly clientId: string;
  readonly username: string | undefined;
  /** Without port; whatever is no address is in no network. */
  readonly address: string;
}

/** Two bans with the same key are for the same ones. */
export function keyOf({ clientId, username, network }: BanTarget): string {
  return JSON.stringify([clientId ?? null, username ?? null, network ?? null]);
}

/** Does the ban hold at this time, in milliseconds since 1970? */
export function isInForce({ until }: Ban, now: number): boolean {
  return until === undefined || now < until;
}

/** Is everything that the ban names true of this client? */
export function isFor(ban: Ban, { clientId, username, address }: BanSubject): boolean {
  if (ban.clientId !== undefined && ban.clientId !== clientId) return false;
  if (ban.username !== undefined && ban.username !== username) return false;
  if (ban.network === undefined) return true;
  const network = parseNetwork(ban.network);
  return network !== undefined && isWithin(address, [network]);
}

/**
 * The same target with its network in one spelling: `10.1.2.3/8` is `10.0.0.0/8`.
 * @throws {UserError} for one that names nothing, or no network
 */
export function checkedTarget({ clientId, username, network }: BanTarget): BanTarget {
  const names = [clientId, username, network].filter((one) => one !== undefined);
  if (names.length === 0 || names.includes("")) {
    throw new UserError(
      "a ban is for a client id, a user or an address; expected one of them, not empty",
    );
  }
  if (network === undefined) return { clientId, username, network };
  const read = parseNetwork(network);
  if (read === undefined) {
    throw new UserError(
      `got ${
        JSON.stringify(network)
      }, expected an address or network such as 192.0.2.7 or 10.0.0.0/8`,
    );
  }
  return { clientId, username, network: showNetwork(read) };
}

/** `client id x, user y, from 10.0.0.0/8`, long names cut. */
export function targetText({ clientId, username, network }: BanTarget): string {
  const parts = [
    clientId === undefined ? undefined : `client id ${shown(clientId)}`,
    username === undefined ? undefined : `user ${shown(username)}`,
    network === undefined ? undefined : `from ${network}`,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

/** `until 2026-01-31T12:00:00.000Z`, `for ever`. */
export function untilText({ until }: Pick<Ban, "until">): string {
  return until === undefined ? "for ever" : `until ${new Date(until).toISOString()}`;
}

/** Why a client is refused, or closed. */
export function banReason(ban: Ban): CodedReason {
  return { code: ReasonCode.BANNED, text: `banned ${untilText(ban)}, by ${ban.by}` };
}
