/**
 * Why a client may or may not do something: every source's answer, and what follows. Invariant: the verdict is the one
 * that the handlers of PUBLISH, SUBSCRIBE and deliveries would act on now, cache apart; nothing is counted or
 * remembered.
 */
import type { Explanation } from "../../access/chain/chain.ts";
import type { AccessChain } from "../../access/chain/chain.ts";
import type { ExplainRequest, ImaginedClient } from "../../manage/cases/question.ts";
import type { AccessReport, RememberedVerdict } from "../../manage/access_report.ts";
import type { Action, ClientView } from "../../plugin/types.ts";
import type { SharedFilter } from "../../topic/filter.ts";
import { ReasonCode } from "../../wire/codes.ts";
import { type QoS, SUBSCRIBE_FAILURE } from "../../wire/packets.ts";
import type { Client } from "../client.ts";
import type { Core } from "../core.ts";
import {
  isObjection,
  type Objection,
  publishObjection,
  readFilter,
  reservedObjection,
} from "../laws.ts";
import { NotFoundError, UserError } from "../../user_error.ts";

export type { ExplainRequest, ImaginedClient };

/** A question in its full form. */
interface FullRequest {
  /** The sources that are asked. */
  readonly access: AccessChain;
  readonly client: ClientView;
  /** Who is connected under this client id. */
  readonly connection: Client | undefined;
  readonly action: Action;
  /** As asked. */
  readonly topic: string;
  readonly qos: QoS;
  readonly retain: boolean;
  /** What the sources are asked about: a filter without its group. */
  readonly asked: string;
  /** What the handlers refuse without asking a source. */
  readonly law: Objection | undefined;
}

/**
 * Explains.
 * @param access the sources to ask, where it is not those in use
 * @throws UserError for an unknown client id and for a topic that is none
 */
export async function explain(
  core: Core,
  request: ExplainRequest,
  access: AccessChain = core.access,
): Promise<AccessReport> {
  const full = await complete(core, request, access);
  const { ruling, steps, notAsked } = await decide(full);
  const { client, connection, action, topic, qos, retain } = full;
  const { nomatch, denyAction, wildcards } = core.config.access;
  return {
    client: {
      clientId: client.clientId,
      username: client.username ?? null,
      address: client.address,
      superuser: client.superuser,
      connected: connection !== undefined,
    },
    action,
    topic,
    qos,
    retain,
    verdict: ruling.allowed ? "allow" : "deny",
    because: ruling.because,
    effect: ruling.allowed ? "" : effectOf(core, full),
    sources: steps,
    notAsked,
    settings: { combine: access.combine, nomatch, denyAction, wildcards },
    cache: cacheOf(core, full),
  };
}

async function complete(
  core: Core,
  request: ExplainRequest,
  access: AccessChain,
): Promise<FullRequest> {
  const { client: who, action, topic, qos = 0, retain = false } = request;
  const question = { access, action, topic, qos, retain, ...lawOn(core, action, topic) };
  if (typeof who !== "string") {
    return { client: await imagine(core, who, access), connection: undefined, ...question };
  }
  const session = core.sessions.get(who);
  const client = session?.holder;
  if (client === undefined) throw new NotFoundError(`no client ${JSON.stringify(who)} is known`);
  return { client, connection: session?.connection, ...question };
}

/**
 * What the laws make of a topic.
 * @throws UserError for one that is none
 */
function lawOn(
  { config: { limits, access } }: Core,
  action: Action,
  topic: string,
): Pick<FullRequest, "asked" | "law"> {
  const answer: SharedFilter | Objection | undefined = action === "subscribe"
    ? readFilter(topic, limits)
    : publishObjection(topic, limits);
  if (answer !== undefined && isObjection(answer)) {
    if (answer.kind !== "malformed") return { asked: topic, law: answer };
    throw new UserError(`${JSON.stringify(topic)}: ${answer.text}`);
  }
  const law = action === "publish" ? reservedObjection(topic, access.allowDollarTopics) : undefined;
  return { asked: answer?.topicFilter ?? topic, law };
}

async function imagine(
  core: Core,
  client: ImaginedClient,
  access: AccessChain,
): Promise<ClientView> {
  const view = {
    clientId: client.clientId ?? "",
    username: client.username === "" ? undefined : client.username,
    address: client.address ?? "",
    port: 0,
    listener: core.config.listeners[0]?.name ?? "",
    transport: "tcp",
    protocolLevel: 4,
    cleanSession: true,
    keepAlive: 0,
    superuser: client.superuser ?? false,
    anonymous: !client.username,
    certificate: client.certificate,
    attributes: new Map(),
  } as const;
  if (client.superuser !== undefined) return view;
  return { ...view, superuser: await access.isSuperuser(view, new AbortController()) };
}

/** The laws of the broker first, as in the handlers; then the sources. */
async function decide(request: FullRequest): Promise<Explanation> {
  const { access, client, action, asked: topic, qos, retain, law } = request;
  if (law !== undefined) return byLaw(false, law.text);
  if (client.superuser) return byLaw(true, "superuser");
  if (action === "receive") {
    return await access.explainReceive({ client, topic, qos, retain });
  }
  const question = { client, action, topic, qos, retain: action === "publish" && retain };
  return await access.explainAuthorize(question, new AbortController());
}

function byLaw(allowed: boolean, because: string): Explanation {
  return { ruling: { allowed, because }, steps: [], notAsked: [] };
}

/** What the client gets to see of a denial. */
function effectOf(core: Core, { client, action, qos, law }: FullRequest): string {
  if (action === "receive") return "the message is not delivered to this client";
  const isOverLimit = law?.kind === "limit";
  if (action === "publish" && isOverLimit) return "the connection is closed";
  const disconnects = core.config.access.denyAction === "disconnect" && law?.kind !== "reserved";
  if (disconnects) return "the connection is closed, and its will is published";
  if (action === "subscribe") return subackText(client, law);
  if (qos === 0) return "the message is dropped";
  if (client.protocolLevel < 5) return "the message is acknowledged and dropped";
  return `${qos === 1 ? "PUBACK" : "PUBREC"} says 0x87, and the message is dropped`;
}

function subackText({ protocolLevel }: ClientView, law: Objection | undefined): string {
  const code = protocolLevel < 5 ? SUBSCRIBE_FAILURE : law?.code ?? ReasonCode.NOT_AUTHORIZED;
  if (code === ReasonCode.PROTOCOL_ERROR) return "the connection is closed"; // a $share that is none
  return `SUBACK says 0x${code.toString(16).toUpperCase()} for this filter`;
}

function cacheOf(core: Core, request: FullRequest): AccessReport["cache"] {
  const { maxSize, ttl } = core.config.access.cache;
  return {
    maxSize,
    ttl: Number.isFinite(ttl) ? ttl / 1000 : null,
    remembered: rememberedBy(core, request) ?? null,
  };
}

function rememberedBy(core: Core, request: FullRequest): RememberedVerdict | undefined {
  const { access, connection, action, asked, qos, retain } = request;
  if (connection === undefined || action === "receive") return undefined;
  const now = core.clock.now();
  const question = { action, topic: asked, qos, retain: action === "publish" && retain };
  const key = access.keys.of(question);
  const known = connection.verdicts.get(key, now);
  if (known === undefined) return undefined;
  const seconds = (known.until - now) / 1000;
  return { verdict: known.allowed ? "allow" : "deny", because: known.because, seconds };
}
