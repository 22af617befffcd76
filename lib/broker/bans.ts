/**
 * Bans and the clients of a broker: who is refused, whom flapping bans. Invariant: what ends a connection for the
 * broker's own reasons counts against no one.
 */
import { type Ban, banReason } from "../bans/ban.ts";
import { banLine } from "../bans/bans.ts";
import { messageOf } from "../user_error.ts";
import { type CloseReason, type CodedReason, ReasonCode } from "../wire/codes.ts";
import type { ClientInfo } from "./client_info.ts";
import type { Core } from "./core.ts";

/** Ends that a client has no part in. */
const OURS: ReadonlySet<unknown> = new Set([
  ReasonCode.BANNED,
  ReasonCode.ADMINISTRATIVE_ACTION,
  ReasonCode.SERVER_SHUTTING_DOWN,
]);

/** Why this client may not come in; undefined: no ban is for it. */
export function bannedBy({ bans, clock }: Core, info: ClientInfo): CodedReason | undefined {
  const ban = bans.ofClient(info, clock.epoch());
  return ban === undefined ? undefined : banReason(ban);
}

/**
 * The connection of a client that was let in has ended: is it the one too many?
 * @param isItsOwn the client has said that it goes, and so the reason's code is its own
 */
export function noteFlapping(
  core: Core,
  info: ClientInfo,
  reason: CloseReason,
  isItsOwn: boolean,
): void {
  if (!isItsOwn && OURS.has(reason.code)) return;
  const { config: { flapping: limits }, clock, logs } = core;
  const found = core.flapping.ended(info, limits, clock.now());
  if (found === undefined) return;
  const now = clock.epoch();
  const times = `came and went ${found.count} times in ${Math.ceil(found.within / 1000)} s`;
  const ban: Ban = {
    ...found.target,
    until: now + limits.banTime,
    reason: times,
    by: "flapping",
    since: now,
  };
  try {
    core.bans.putSoon(ban);
    logs.refusals.warn(banLine(ban));
  } catch (error) {
    logs.refusals.warn(`${info} ${times} and is not banned: ${messageOf(error)}`);
  }
}
