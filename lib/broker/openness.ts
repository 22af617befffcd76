/**
 * How open a broker is: what a reload opens is said, what no one can want is refused. Invariant: no server is asked and
 * nothing is counted; what is not known at once counts as closed.
 */
import { AuthenticationRequest } from "../access/chain/requests.ts";
import { authenticates, type Source } from "../access/chain/source.ts";
import { toDecision } from "../access/chain/walk.ts";
import type { AccessConfig } from "../config/types.ts";
import type { ClientView } from "../plugin/types.ts";
import type { Core } from "./core.ts";

export { authenticates };

/** How open a broker is. */
export interface Openness {
  /** By kind: what lets people in, or lets them do something, without a proof or a rule. Sentences for people. */
  readonly doors: ReadonlyMap<string, string>;
  /** The plugins that decide about publishing and subscribing. */
  readonly authorizers: readonly string[];
}

/** A client that says nothing about itself. */
const NAMELESS: ClientView = {
  clientId: "",
  username: undefined,
  address: "",
  port: 0,
  listener: "",
  transport: "",
  protocolLevel: 4,
  cleanSession: true,
  keepAlive: 0,
  superuser: false,
  anonymous: true,
  attributes: new Map(),
};

/** How open the broker is now. */
export function opennessOf({ plugins, config }: Pick<Core, "plugins" | "config">): Openness {
  const authorizers = plugins.filter(({ hooks }) => hooks.authorize !== undefined)
    .map(({ name }) => name);
  const doors = new Map([
    ...loginDoors(plugins.filter(authenticates)),
    ...rightDoors(authorizers, config.access),
  ]);
  return { doors, authorizers };
}

/**
 * What is wrong with sources that are loaded together: one that knows superusers by their names, while nothing checks
 * names, would make a superuser of any client that knows one.
 */
export function problemsTogether<Loaded extends Source>(
  sources: readonly Loaded[],
): [source: Loaded, problem: string][] {
  const authenticators = sources.filter(authenticates);
  if (!admitsAnyone(authenticators)) return [];
  const names = authenticators.map(({ name }) => name).join(", ");
  return sources.filter(({ hooks }) => hooks.superuser !== undefined).map((one) => [
    one,
    `it knows superusers by their names, and ${names} lets in any name without a proof; expected a ` +
    "source that checks passwords, or its superuser question switched off (null)",
  ]);
}

/** What is open now and was not before, a line for each. */
export function newOpenings(before: Openness, after: Openness): string[] {
  const opened = [...after.doors].filter(([kind]) => !before.doors.has(kind));
  const gone = before.authorizers.filter((name) => !after.authorizers.includes(name));
  return [
    ...opened.map(([, sentence]) => sentence),
    ...gone.map((name) => `${name} decides no longer what clients may do`),
  ];
}

/** For people. @param authenticators their names */
export function anyoneMayConnect(authenticators: readonly string[]): string {
  return `anyone may connect: no plugin but ${authenticators.join(", ")} authenticates`;
}

/** Do these, which authenticate, let clients in without proof, all of them? */
function admitsAnyone(authenticators: readonly Source[]): boolean {
  return authenticators.length > 0 &&
    authenticators.every(({ traits }) => traits.admitsWithoutProof);
}

function* loginDoors(authenticators: readonly Source[]): Generator<[string, string]> {
  if (admitsAnyone(authenticators)) {
    yield ["anyone", anyoneMayConnect(authenticators.map(({ name }) => name))];
  }
  const open = authenticators.filter(({ traits }) => traits.admitsWithoutProof);
  const answer = open.map(answerToNameless).find((result) => result !== undefined);
  if (answer === "allow") yield ["nameless", "clients without a username may connect"];
}

function* rightDoors(
  authorizers: readonly string[],
  { nomatch }: AccessConfig,
): Generator<[string, string]> {
  if (nomatch === "deny") return;
  yield ["nomatch", "acl_nomatch is allow: clients may do what no plugin decides about"];
  if (authorizers.length > 0) return;
  yield ["everything", "clients may publish and subscribe to everything: no plugin decides"];
}

/** What a source that asks for no proof says about a client without a username. */
function answerToNameless({ hooks }: Source): "allow" | "deny" | undefined {
  const request = new AuthenticationRequest(NAMELESS, undefined, new AbortController());
  try {
    const verdict = hooks.authenticate?.(request);
    if (!(verdict instanceof Promise)) return toDecision(verdict)?.result;
    verdict.catch(() => {}); // whatever it becomes, no one waits for it
  } catch {
    // a source that fails opens nothing
  }
  return undefined;
}
