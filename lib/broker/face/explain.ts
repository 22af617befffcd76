/**
 * Why a client may or may not do something: every source's answer, and what follows. Used by Broker for
 * `midge acl explain`, `midge acl test` and `midge ctl acl explain`. Invariant: the verdict is the one that the
 * handlers of PUBLISH, SUBSCRIBE and deliveries would act on now, cache apart; nothing is counted or remembered.
 */
import { verdictKey } from "../../access/chain/verdict_cache.ts";
import type { Explanation } from "../../access/chain/chain.ts";
import type { Ruling, Step } from "../../access/chain/walk.ts";
import type { AccessConfig } from "../../config/types.ts";
import type { Action, ClientView } from "../../plugin/types.ts";
import { splitSharedFilter, topicFilterProblem, topicNameProblem } from "../../topic/filter.ts";
import type { QoS } from "../../wire/packets.ts";
import type { Client } from "../client.ts";
import type { Core } from "../core.ts";
import { UserError } from "../../user_error.ts";

/** A client that might come, as far as rules can see it. */
export type ImaginedClient =
  & Partial<Pick<ClientView, "clientId" | "username" | "address" | "certificate">>
  /** Undefined: the sources that know superusers apart from a login are asked. */
  & { readonly superuser?: boolean | undefined };

/** What is to be explained. */
export interface ExplainRequest {
  /** The client id of a session, or a client that might come. */
  readonly client: string | ImaginedClient;
  /** What the client wants to do. */
  readonly action: Action;
  /** A topic name; for subscribe a topic filter as clients write it, `$share/GROUP/` included. */
  readonly topic: string;
  /** Default 0. */
  readonly qos?: QoS | undefined;
  /** Default false. */
  readonly retain?: boolean | undefined;
}

/** What a client's cache remembers of a question. */
export interface RememberedVerdict {
  /** The answer that is given again. */
  readonly verdict: "allow" | "deny";
  /** The reason of the answer. */
  readonly because: string;
  /** How long it still holds. */
  readonly seconds: number;
}

/** A verdict and how it comes about; plain data. */
export interface AccessReport {
  /** Who was asked about; username is null where there is none. */
  readonly client: {
    readonly clientId: string;
    readonly username: string | null;
    readonly address: string;
    readonly superuser: boolean;
    readonly connected: boolean;
  };
  /** What was asked. */
  readonly action: Action;
  /** As in the request. */
  readonly topic: string;
  /** As in the request. */
  readonly qos: QoS;
  /** As in the request. */
  readonly retain: boolean;
  /** What holds. */
  readonly verdict: "allow" | "deny";
  /** Who decided and why: a source with its rule, `acl_nomatch`, `superuser`, or a law of the broker. */
  readonly because: string;
  /** What the client gets to see. */
  readonly effect: string;
  /** The sources that were asked, in order. */
  readonly sources: readonly Step[];
  /** The sources that were not, since one before them had decided. */
  readonly notAsked: readonly string[];
  /** The keys of the configuration that the chain follows. */
  readonly settings: Pick<AccessConfig, "nomatch" | "denyAction" | "wildcards"> & {
    readonly combine: "first" | "all";
  };
  /** `acl_cache`, and what it holds for this question. */
  readonly cache: {
    /** Answers for one client; 0: off. */
    readonly maxSize: number;
    /** Seconds; null: for ever. */
    readonly ttl: number | null;
    readonly remembered: RememberedVerdict | null;
  };
}

/** A question in its full form. */
interface FullRequest {
  readonly client: ClientView;
  /** Who is connected under this client id. */
  readonly connection: Client | undefined;
  readonly action: Action;
  readonly topic: string;
  readonly qos: QoS;
  readonly retain: boolean;
}

/**
 * Explains.
 * @throws UserError for an unknown client id and for a topic that is none
 */
export async function explain(core: Core, request: ExplainRequest): Promise<AccessReport> {
  const full = await complete(core, request);
  checkTopic(core, full);
  const { ruling, steps, notAsked } = await decide(core, full);
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
    effect: effectOf(core, full, ruling),
    sources: steps,
    notAsked,
    settings: { combine: core.access.combine, nomatch, denyAction, wildcards },
    cache: cacheOf(core, full),
  };
}

async function complete(core: Core, request: ExplainRequest): Promise<FullRequest> {
  const { client: who, action, topic, qos = 0, retain = false } = request;
  if (typeof who !== "string") {
    return { client: await imagine(core, who), connection: undefined, action, topic, qos, retain };
  }
  const session = core.sessions.get(who);
  const client = session?.holder;
  if (client === undefined) throw new UserError(`no client ${JSON.stringify(who)} is known`);
  return { client, connection: session?.connection, action, topic, qos, retain };
}

async function imagine(core: Core, client: ImaginedClient): Promise<ClientView> {
  const view = {
    clientId: client.clientId ?? "",
    username: client.username,
    address: client.address ?? "",
    port: 0,
    listener: core.config.listeners[0]?.name ?? "",
    transport: "tcp",
    protocolLevel: 4,
    cleanSession: true,
    keepAlive: 0,
    superuser: client.superuser ?? false,
    anonymous: client.username === undefined,
    certificate: client.certificate,
    attributes: new Map(),
  } as const;
  if (client.superuser !== undefined) return view;
  return { ...view, superuser: await core.access.isSuperuser(view, new AbortController()) };
}

function checkTopic(core: Core, { action, topic }: FullRequest): void {
  const { maxTopicLevels } = core.config.limits;
  const problem = action === "subscribe"
    ? filterProblem(topic)
    : topicNameProblem(topic, maxTopicLevels);
  if (problem !== undefined) throw new UserError(`${JSON.stringify(topic)}: ${problem}`);
}

function filterProblem(topicFilter: string): string | undefined {
  const shared = splitSharedFilter(topicFilter);
  return typeof shared === "string" ? shared : topicFilterProblem(shared.topicFilter);
}

/** The laws of the broker first, as in the handlers; then the sources. */
async function decide(core: Core, request: FullRequest): Promise<Explanation> {
  const { client, action, qos, retain } = request;
  const law = lawAgainst(core, request);
  if (law !== undefined) return byLaw(false, law);
  if (client.superuser) return byLaw(true, "superuser");
  if (action === "receive") {
    return await core.access.explainReceive({ client, topic: request.topic, qos, retain });
  }
  const topic = action === "subscribe" ? withoutGroup(request.topic) : request.topic;
  const question = { client, action, topic, qos, retain: action === "publish" && retain };
  return await core.access.explainAuthorize(question, new AbortController());
}

/** What the handlers refuse without asking anybody. */
function lawAgainst(core: Core, { action, topic }: FullRequest): string | undefined {
  if (action === "publish" && topic.startsWith("$")) {
    return "clients do not publish to topics that begin with $";
  }
  return action === "subscribe"
    ? topicFilterProblem(topic, core.config.limits.maxTopicLevels)
    : undefined;
}

function byLaw(allowed: boolean, because: string): Explanation {
  return { ruling: { allowed, because }, steps: [], notAsked: [] };
}

function withoutGroup(topicFilter: string): string {
  const parts = splitSharedFilter(topicFilter);
  return typeof parts === "string" ? topicFilter : parts.topicFilter;
}

function effectOf(core: Core, { action, topic, qos }: FullRequest, { allowed }: Ruling): string {
  if (allowed) return "";
  if (action === "receive") return "the message is not delivered to this client";
  const isByLaw = action === "publish" && topic.startsWith("$");
  if (core.config.access.denyAction === "disconnect" && !isByLaw) {
    return "the connection is closed, and its will is published";
  }
  if (action === "subscribe") return "SUBACK says 0x80 for this filter";
  return qos === 0 ? "the message is dropped" : "the message is acknowledged and dropped";
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
  const { connection, action, qos, retain } = request;
  if (connection === undefined || action === "receive") return undefined;
  const topic = withoutGroup(request.topic);
  const now = core.clock.now();
  const key = verdictKey(action, topic, qos, action === "publish" && retain);
  const known = connection.verdicts.get(key, now);
  if (known === undefined) return undefined;
  const seconds = (known.until - now) / 1000;
  return { verdict: known.allowed ? "allow" : "deny", because: known.because, seconds };
}
