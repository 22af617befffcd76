/**
 * A plugin's question who someone is, as a login that becomes no client. Invariants: it passes the same gate as CONNECT,
 * and counts there; bans hold; sources that let in without a proof are not asked.
 */
import type { Admission } from "../access/chain/admission.ts";
import type { LoginResult } from "../plugin/management.ts";
import { shown } from "../shown.ts";
import { reasonName } from "../wire/codes.ts";
import { bannedBy } from "./bans.ts";
import { ClientInfo } from "./client_info.ts";
import type { Core } from "./core.ts";
import { decideInTime, noteLogin, TOO_MANY_FAILED } from "./packets/login.ts";

/** What is known of who asks. */
export interface PluginLogin {
  readonly username: string;
  readonly password: string;
  /** Without port. */
  readonly address: string;
}

const NO_PASSWORDS = "no plugin asks for passwords";

/** Is this password right? @param plugin its name, which the login is said to have come by */
export async function authenticateFor(
  core: Core,
  plugin: string,
  login: PluginLogin,
): Promise<LoginResult> {
  const info = new ClientInfo({ address: login.address, port: 0 }, { name: plugin, type: "web" });
  info.username = login.username === "" ? undefined : login.username;
  if (!core.access.knowsPasswords) return refusal(login, NO_PASSWORDS);
  const banned = bannedBy(core, info);
  const admission = banned === undefined
    ? await decide(core, info, login)
    : { allowed: false, reason: banned } as const;
  if (!admission.allowed) return refuse(core, info, login, admission);
  const { superuser, username = login.username, reason } = admission;
  info.username = username; // the source may know it by another name
  const bannedNow = bannedBy(core, info);
  if (bannedNow !== undefined) return refuse(core, info, login, { reason: bannedNow });
  return { allowed: true, username, superuser, because: reason.text };
}

/** What is said of a login that is none. */
type Refused = Pick<Admission, "reason">;

async function decide(
  core: Core,
  info: ClientInfo,
  login: PluginLogin,
): Promise<Admission | Refused & { readonly allowed: false }> {
  const { username, address } = login;
  const password = new TextEncoder().encode(login.password);
  const waiter = { signal: new AbortController().signal };
  const place = address === "" ? `listener ${info.listener}` : address;
  const attempt = await core.logins.enter({ address: place, username, password }, waiter, () => {});
  if (attempt === undefined) return { allowed: false, reason: TOO_MANY_FAILED };
  const asked = core.access.authenticateByProof(info, password, waiter);
  const admission = await decideInTime(core.clock, asked);
  await noteLogin(attempt, admission);
  return admission;
}

/** In the log as a client's, and counted as one. */
function refuse(
  core: Core,
  info: ClientInfo,
  login: PluginLogin,
  { reason }: Refused,
): LoginResult {
  const { code, text } = reason;
  const who = `${info} (${info.listener})`;
  core.logs.refusals.warn(`${who} refused, username ${shown(login.username)}: ${text}`);
  core.refusals.add(reasonName(code));
  return refusal(login, text);
}

function refusal({ username }: PluginLogin, because: string): LoginResult {
  return { allowed: false, username, superuser: false, because };
}
