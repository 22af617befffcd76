/** Asks the access chain, with what a client's cache remembers. Invariant: a superuser is never asked about. */
import type { Question, Waiter } from "../access/chain/requests.ts";
import type { CachedRuling } from "../access/chain/verdict_cache.ts";
import type { Ruling } from "../access/chain/walk.ts";
import type { MaybePromise } from "../plugin/types.ts";
import type { Client } from "./client.ts";
import type { Core } from "./core.ts";
import type { Decisions } from "./decisions.ts";

export type { CachedRuling };

const SUPERUSER: CachedRuling = { allowed: true, because: "superuser", until: Infinity };

const READ_ONLY: CachedRuling = { allowed: false, because: "it may only look", until: Infinity };

/** A ruling, not from memory. */
export function rulingOf(
  core: Core,
  question: Question,
  waiter: Waiter,
): MaybePromise<Ruling> {
  if (question.client.isReadOnly && question.action === "publish") return READ_ONLY;
  if (question.client.superuser) return SUPERUSER;
  const ruling = core.access.authorize(question, waiter);
  if (core.decisions !== undefined) noteDecided(core.decisions, question, ruling);
  return ruling;
}

/** A ruling on what a connected client wants, from its cache where that knows. */
export function cachedRuling(client: Client, question: Question): MaybePromise<CachedRuling> {
  const { core, info, verdicts } = client;
  if (info.isReadOnly && question.action === "publish") return READ_ONLY;
  if (info.superuser) return SUPERUSER;
  const key = core.access.keys.of(question);
  const known = verdicts.get(key, core.clock.now());
  if (known !== undefined) {
    if (core.decisions !== undefined) noteDecided(core.decisions, question, known);
    return counted(core, known);
  }
  core.accessCounters.cacheMisses++;
  const remember = (ruling: Ruling) => verdicts.set(key, ruling, core.clock.now());
  const ruling = rulingOf(core, question, client);
  return ruling instanceof Promise ? ruling.then(remember) : remember(ruling);
}

function noteDecided(
  decisions: Decisions,
  { client, action, topic }: Question,
  ruling: MaybePromise<Ruling>,
): void {
  decisions.note({ client, question: action, topic }, ruling);
}

function counted(core: Core, known: CachedRuling): CachedRuling {
  core.accessCounters.cacheHits++;
  if (known.counter !== undefined) known.counter.cacheHits++;
  return known;
}
