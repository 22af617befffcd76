/**
 * The login gate as CONNECT, re-authentication and the plugins' question pass it. Invariant: a source that could not
 * answer counts as neither success nor failure.
 */
import { type Admission, refused } from "../../access/chain/admission.ts";
import type { Waiter } from "../../access/chain/requests.ts";
import type { LoginAttempt } from "../../access/chain/login_gate.ts";
import type { Clock } from "../../clock.ts";
import { type CodedReason, ReasonCode } from "../../wire/codes.ts";
import type { ClientInfo } from "../client_info.ts";
import type { Core } from "../core.ts";

/** How long all sources together may take to decide about a login, milliseconds. */
const ANSWER_MS = 30_000;

/** The gate lets no one of this network through for now. */
export const TOO_MANY_FAILED: CodedReason = {
  code: ReasonCode.SERVER_UNAVAILABLE,
  text: "too many failed logins from this network",
};

/**
 * Waits until the login may be looked at; undefined when that is not in time.
 * @param password undefined: no password is looked at
 * @param waits told how long the client waits, milliseconds
 */
export function enterGate(
  core: Core,
  info: ClientInfo,
  waiter: Waiter,
  password: Uint8Array | undefined,
  waits: (delay: number) => void = () => {},
): Promise<LoginAttempt | undefined> {
  const { username = "" } = info;
  // Without an address all clients of a listener are one place.
  const address = info.address === "" ? `listener ${info.listener}` : info.address;
  return core.logins.enter({ address, username, password }, waiter, waits);
}

/** Each source has its deadline; this is the one of all of them together. */
export function decideInTime(
  clock: Pick<Clock, "after">,
  admission: Promise<Admission>,
): Promise<Admission> {
  const { promise, resolve, reject } = Promise.withResolvers<Admission>();
  const late = refused(
    ReasonCode.SERVER_UNAVAILABLE,
    `no source has answered in ${ANSWER_MS / 1000} s`,
  );
  const cancel = clock.after(ANSWER_MS, () => resolve(late));
  admission.then(resolve, reject);
  return promise.finally(cancel);
}

/** A source that could not answer says nothing about who asked. Resolves when the answer may leave. */
export function noteLogin(
  attempt: LoginAttempt,
  { allowed, reason }: Admission,
): void | Promise<void> {
  if (allowed) return attempt.succeeded();
  if (reason.code === ReasonCode.SERVER_UNAVAILABLE) return attempt.undecided();
  return attempt.failed();
}
