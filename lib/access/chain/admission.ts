/** How a login ends. Invariant: who is refused has no name and no rights. */
import type { CodedReason, ReasonCode } from "../../wire/codes.ts";
import type { Properties } from "../../wire/properties.ts";

/** The method of an enhanced authentication, and its last data. */
export type FinalProperties = Pick<Properties, "authenticationMethod" | "authenticationData">;

/** How authentication ended. */
export interface Admission {
  readonly allowed: boolean;
  readonly superuser: boolean;
  readonly username: string | undefined;
  /** Has its source seen a proof of who it is? */
  readonly proven: boolean;
  /** The code of a refusal, and who decided and why, for the log. */
  readonly reason: CodedReason;
  /** What the packet that tells the end carries beside it. Absent: nothing. */
  readonly properties?: FinalProperties | undefined;
}

/** An admission that is none. */
export function refused(code: ReasonCode, text: string): Admission {
  const reason = { code, text };
  return { allowed: false, superuser: false, username: undefined, proven: false, reason };
}
