/** How a login ends. Invariant: who is refused has no name and no rights. */
import type { CodedReason, ReasonCode } from "../../wire/codes.ts";

/** How authentication ended. */
export interface Admission {
  readonly allowed: boolean;
  readonly superuser: boolean;
  readonly username: string | undefined;
  /** Has its source seen a proof of who it is? */
  readonly proven: boolean;
  /** The code of a refusal, and who decided and why, for the log. */
  readonly reason: CodedReason;
}

/** An admission that is none. */
export function refused(code: ReasonCode, text: string): Admission {
  const reason = { code, text };
  return { allowed: false, superuser: false, username: undefined, proven: false, reason };
}
