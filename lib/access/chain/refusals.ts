/**
 * What is still to be done before a refusal is told: work that a source owes for a user it does not know. Invariant: a
 * client that is let in waits for none of it.
 */
import { ReasonCode } from "../../wire/codes.ts";
import { messageOf } from "../../user_error.ts";
import type { Admission } from "./admission.ts";
import type { AuthenticationRequest } from "./requests.ts";

/** The admission, a refusal when its work is done. Work that fails is a source that failed. */
export async function settled(
  request: AuthenticationRequest,
  deciding: Promise<Admission>,
): Promise<Admission> {
  const admission = await deciding;
  if (admission.allowed) return admission;
  try {
    for (const work of request.owed) await work();
    return admission;
  } catch (cause) {
    const reason = { code: ReasonCode.SERVER_UNAVAILABLE, text: messageOf(cause) };
    return { ...admission, reason };
  }
}
