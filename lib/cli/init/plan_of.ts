/**
 * From options and answers to a plan. Invariants: only what no option says is asked; without someone to ask every
 * question has its default.
 */
import { userNameProblem } from "../../access/passwords/user_lines.ts";
import { join, resolve } from "../../config/paths.ts";
import { askPassword } from "../ask_password.ts";
import { isServerName, SERVER_NAME_FORMS } from "../certs/names.ts";
import type { Asker } from "./asker.ts";
import { hasEdge } from "./config_text.ts";
import { hostNames } from "./host_names.ts";
import { madeUpPassword } from "./made_up.ts";
import { FIRST_USER, type Given } from "./options.ts";
import { type FirstUser, type InitPlan, simplePlan, type TlsPlan } from "./plan.ts";

const LOCAL = "127.0.0.1:1883";
const EVERYWHERE = "0.0.0.0:1883";
const EVERYWHERE_TLS = "0.0.0.0:8883";

/** A plan, and the password where it was made up. */
export interface Planned {
  readonly plan: InitPlan;
  /** To be shown once. */
  readonly madeUp: string | undefined;
}

/** Who is to reach the broker. */
type Reach = "machine" | "network" | "tls";

const REACHES: Readonly<Record<string, Reach>> = { "1": "machine", "2": "network", "3": "tls" };

/**
 * Asks what is open.
 * @param asker undefined: no one is there
 */
export async function planOf(given: Given, asker: Asker | undefined): Promise<Planned> {
  const folder = given.operands[0] ?? ".";
  const reach = await reachOf(given, asker);
  const tls = reach === "tls" ? await tlsOf(given, asker) : undefined;
  const edge = given.has("edge") || await wantsEdge(asker);
  const { user, madeUp } = await userOf(given, asker);
  const dataDir = given.last("dataDir");
  const plan: InitPlan = {
    ...simplePlan(folder),
    plain: given.has("tlsOnly") ? undefined : given.last("bind") ?? plainBind(reach),
    tls,
    user,
    edge,
    dataDir: dataDir === undefined ? undefined : join(resolve(dataDir)),
    hasToken: !given.has("noToken"),
  };
  return { plan, madeUp };
}

function plainBind(reach: Reach): string {
  return reach === "network" ? EVERYWHERE : LOCAL;
}

async function reachOf(given: Given, asker: Asker | undefined): Promise<Reach> {
  if (given.has("secure")) return "tls";
  if (given.has("anonymous")) return "machine";
  if (given.has("bind") || asker === undefined) return "network";
  const answer = await asker.line(
    "Who is to reach the broker? 1: only this machine, 2: the network, 3: the network with TLS",
    "2",
    (text) => Object.hasOwn(REACHES, text) ? undefined : "please answer 1, 2 or 3",
  );
  return REACHES[answer] ?? "network";
}

async function tlsOf(given: Given, asker: Asker | undefined): Promise<TlsPlan> {
  return { bind: EVERYWHERE_TLS, names: await namesOf(given.all("host"), asker) };
}

/** Clients on this machine call it localhost, whatever others call it. */
async function namesOf(given: readonly string[], asker: Asker | undefined): Promise<string[]> {
  const known = given.length > 0 ? given : await hostNames();
  const asked = given.length > 0 || asker === undefined ? known : (await asker.line(
    "Names and addresses by which clients reach this machine",
    known.join(" "),
    (text) => {
      const wrong = text.split(/[\s,]+/).find((name) => !isServerName(name));
      return wrong === undefined ? undefined : `got ${wrong}, expected ${SERVER_NAME_FORMS}`;
    },
  )).split(/[\s,]+/);
  return [...new Set([...asked, "localhost"])];
}

async function wantsEdge(asker: Asker | undefined): Promise<boolean> {
  if (asker === undefined || !hasEdge()) return false;
  const answer = await asker.line(
    "A small board, such as a Raspberry Pi? It gets smaller buffers. yes or no",
    "no",
    (text) => /^(y|yes|n|no)$/i.test(text) ? undefined : "please answer yes or no",
  );
  return /^y/i.test(answer);
}

async function userOf(
  given: Given,
  asker: Asker | undefined,
): Promise<{ user: FirstUser | undefined; madeUp: string | undefined }> {
  if (given.has("anonymous")) return { user: undefined, madeUp: undefined };
  const name = await userNameOf(given, asker);
  const password = given.has("passwordStdin")
    ? await askPassword(name, true)
    : await asker?.password(name);
  if (password !== undefined) return { user: { name, password }, madeUp: undefined };
  const madeUp = madeUpPassword();
  return { user: { name, password: new TextEncoder().encode(madeUp) }, madeUp };
}

async function userNameOf(given: Given, asker: Asker | undefined): Promise<string> {
  const name = given.last("user");
  if (name !== undefined || asker === undefined) return name ?? FIRST_USER;
  return await asker.line("Name of the first user", FIRST_USER, (text) => {
    const problem = userNameProblem(text);
    return problem === undefined ? undefined : `got ${JSON.stringify(text)}${problem}`;
  });
}
