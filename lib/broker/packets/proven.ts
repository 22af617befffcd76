/**
 * CONNECT of a client that has proven who it is where it came in: a page's WebSocket behind a login. Invariants: what its
 * CONNECT says of user and password is not looked at; everything else of CONNECT holds for it as for any other.
 */
import type { Admission } from "../../access/chain/admission.ts";
import type { ProvenUser } from "../../plugin/management.ts";
import { type CodedReason, ReasonCode } from "../../wire/codes.ts";
import type { Client } from "../client.ts";

const NO_METHODS: CodedReason = {
  code: ReasonCode.BAD_AUTHENTICATION_METHOD,
  text: "it has proven who it is where it came in, and by no authentication method",
};

/** From now on it goes by the name that was proven. @returns why it may not come in: it wants to prove it otherwise */
export function takeUser(
  { info }: Client,
  { username, isReadOnly = false }: ProvenUser,
): CodedReason | undefined {
  info.isReadOnly = isReadOnly;
  info.username = username === "" ? undefined : username;
  return info.properties?.authenticationMethod === undefined ? undefined : NO_METHODS;
}

/** As sources would have let it in. */
export function admissionOf({ username, superuser }: ProvenUser): Admission {
  const reason = { code: ReasonCode.SUCCESS, text: "proven where it came in" };
  return { allowed: true, superuser, username, proven: true, reason };
}
