/** Access decisions and their sources as they are asked for. Invariant: plain data. */
import type { ReadArgsOf, RowOf } from "../../manage/commands.ts";
import type { AccessMetrics, SourceMetrics } from "../../plugin/metrics.ts";
import type { Core } from "../core.ts";
import { Decisions } from "../decisions.ts";
import { parts } from "./rows.ts";

/** The last decisions, the newest first; they are kept from the first look on. */
export function decisionRows(
  core: Core,
  { clientId, verdict }: ReadArgsOf<"acl decisions">,
): Generator<RowOf<"acl decisions">[]> {
  const decisions = core.decisions ??= new Decisions(() => core.clock.epoch());
  const asked = decisions.look().filter((one) =>
    (clientId === undefined || one.clientId === clientId) &&
    (verdict === undefined || one.verdict === verdict)
  );
  return parts(asked, (one) => ({ ...one }));
}

/** What each source answered, and how its server is. */
export function sourceRows(
  access: AccessMetrics | undefined,
): Generator<RowOf<"acl sources">[]> {
  const { sources, health } = access ?? { sources: [], health: [] };
  return parts(sources, (one) => sourceRow(one, health));
}

function sourceRow(
  { source, question, counts }: SourceMetrics,
  health: AccessMetrics["health"],
): RowOf<"acl sources"> {
  const { allow, deny, ignore, error, cacheHits, microseconds, worstMicroseconds } = counts;
  const answers = allow + deny + ignore + error;
  const server = health.find((one) => one.source === source)?.health;
  return {
    source,
    question,
    allow,
    deny,
    ignore,
    error,
    cacheHits,
    meanMs: answers === 0 ? 0 : microseconds / answers / 1000,
    worstMs: worstMicroseconds / 1000,
    health: server === undefined ? null : {
      state: server.state,
      since: server.since,
      lastError: server.lastError ?? null,
      answered: server.answered,
      failed: server.failed,
    },
  };
}
