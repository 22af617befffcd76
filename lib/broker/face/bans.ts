/**
 * Bans as an operator puts and lifts them. Invariants: a ban is checked whole before it holds; whom it hits is gone
 * when the answer comes; what could not be saved is said.
 */
import { type Ban, type BanTarget, checkedTarget, isInForce, targetText } from "../../bans/ban.ts";
import { NotFoundError, UserError } from "../../user_error.ts";
import type { Core } from "../core.ts";

/** Times after it have more than four digits in their year. */
const LAST_TIME = Date.UTC(9999, 11, 31);
const LONGEST_REASON = 256;

/** What is asked for. Without an end the ban holds for ever. */
export interface BanRequest extends BanTarget {
  /** How long it holds. */
  readonly seconds?: number | undefined;
  /** Or until when, milliseconds since 1970. */
  readonly until?: number | undefined;
  /** For people; 256 characters at most. */
  readonly reason?: string | undefined;
}

/** A ban that was put, or lifted. */
export interface BanResult {
  /** As it holds, or held. */
  readonly ban: Ban;
  /** Connections that were closed. */
  readonly disconnected: number;
  /** Why it is not so in bans.yaml: it is so until the broker stops. Undefined: it is. */
  readonly notSaved: string | undefined;
}

/** Who may not come in, and who says so. */
export interface BrokerBans {
  /** The bans in force. */
  readonly list: readonly Ban[];
  /**
   * Bans a client id, a user, an address or a network; whom it hits is disconnected when the answer comes.
   * @throws UserError for what is no ban, and when there are too many
   */
  add(request: BanRequest): Promise<BanResult>;
  /**
   * Lifts the ban of exactly this target.
   * @throws UserError when there is none
   */
  remove(target: BanTarget): Promise<BanResult>;
}

/** The bans of one core. */
export class BanDesk implements BrokerBans {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  get list(): Ban[] {
    const now = this.#core.clock.epoch();
    return [...this.#core.bans.values()].filter((ban) => isInForce(ban, now));
  }

  async add(request: BanRequest): Promise<BanResult> {
    const { bans, clock, connections } = this.#core;
    const since = clock.epoch();
    const until = endOf(request, since);
    const { reason } = request;
    if (reason !== undefined && (reason === "" || reason.length > LONGEST_REASON)) {
      throw new UserError(
        `the reason has ${reason.length} characters; expected 1 to ${LONGEST_REASON}`,
      );
    }
    const ban: Ban = { ...checkedTarget(request), until, reason, by: "admin", since };
    const saved = bans.put(ban);
    const disconnected = connections.closeBanned(ban);
    return { ban, disconnected, notSaved: await saved };
  }

  async remove(target: BanTarget): Promise<BanResult> {
    const { bans } = this.#core;
    const wanted = checkedTarget(target);
    const ban = bans.get(wanted);
    if (ban === undefined) throw new NotFoundError(`there is no ban of ${targetText(wanted)}`);
    return { ban, disconnected: 0, notSaved: await bans.delete(wanted) };
  }
}

function endOf({ seconds, until }: BanRequest, now: number): number | undefined {
  if (seconds === undefined && until === undefined) return undefined;
  if (seconds !== undefined && until !== undefined) {
    throw new UserError("both how long and until when are given; expected only one of them");
  }
  const end = until ?? now + seconds! * 1000;
  if (end > now && end <= LAST_TIME) return Math.round(end);
  throw new UserError(
    "the ban would have ended, or never end; expected a time between now and the year 9999",
  );
}
