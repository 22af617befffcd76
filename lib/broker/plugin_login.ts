/**
 * A plugin's question who someone is, as a login that becomes no client. Invariants: it passes the same gate as CONNECT,
 * and counts there; bans hold; sources that let in without a proof are not asked.
 */
import type { Admission } from "../access/chain/admission.ts";
import type { LoginResult } from "../plugin/management.ts";
import { shown } from "../shown.ts";
import type { CodedReason } from "../wire/codes.ts";
import { bannedBy } from "./bans.ts";
import { ClientInfo } from "./client_info.ts";
import type { Core } from "./core.ts";
import { decideInTime, enterGate, noteLogin, TOO_MANY_FAILED } from "./packets/login.ts";
import { noteRefusal } from "./packets/refuse.ts";

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
  if (banned !== undefined) return refuse(core, info, login, banned, "house");
  const admission = await decide(core, info, login);
  if (admission === undefined) return refuse(core, info, login, TOO_MANY_FAILED, "house");
  if (!admission.allowed) return refuse(core, info, login, admission.reason, "source");
  const { superuser, username = login.username, reason } = admission;
  info.username = username; // the source may know it by another name
  const bannedNow = bannedBy(core, info);
  if (bannedNow !== undefined) return refuse(core, info, login, bannedNow, "house");
  return { allowed: true, username, superuser, because: reason.text };
}

/** What the sources say; undefined: the gate lets no one of this network through for now. */
async function decide(
  core: Core,
  info: ClientInfo,
  login: PluginLogin,
): Promise<Admission | undefined> {
  const password = new TextEncoder().encode(login.password);
  const waiter = { signal: new AbortController().signal };
  const attempt = await enterGate(core, info, waiter, password);
  if (attempt === undefined) return undefined;
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
  reason: CodedReason,
  by: "house" | "source",
): LoginResult {
  const { text } = reason;
  const who = `${info} (${info.listener})`;
  core.logs.refusals.warn(`${who} refused, username ${shown(login.username)}: ${text}`);
  noteRefusal(core, info, reason, by);
  return refusal(login, text);
}

function refusal({ username }: PluginLogin, because: string): LoginResult {
  return { allowed: false, username, superuser: false, because };
}
