/** Incidents as they are asked for: of whom, about which topics, with what to do. Invariant: plain data, the newest first. */
import type { ReadArgsOf, RowOf } from "../../manage/commands.ts";
import { filtersIntersect, splitSharedFilter, topicFilterProblem } from "../../topic/filter.ts";
import { UserError } from "../../user_error.ts";
import type { Core } from "../core.ts";
import { adviceFor } from "../incidents/advice.ts";
import { cut, type Incident } from "../incidents/incident.ts";
import { parts } from "./rows.ts";

/** Which incidents. */
export type IncidentQuestion = ReadArgsOf<"why">;

/**
 * The incidents that are asked for, in parts.
 * @throws UserError for a topic filter that is none
 */
export function incidentRows(
  core: Core,
  question: IncidentQuestion,
): Generator<RowOf<"why">[]> {
  const { topicFilter } = question;
  const problem = topicFilter === undefined ? undefined : topicFilterProblem(topicFilter);
  if (problem !== undefined) throw new UserError(`${JSON.stringify(topicFilter)}: ${problem}`);
  return parts(core.incidents.newestFirst.filter((one) => isAsked(one, question)), rowOf);
}

function isAsked(incident: Incident, question: IncidentQuestion): boolean {
  const { clientId, topicFilter, about, kind } = question;
  if (kind !== undefined && incident.kind !== kind) return false;
  if (clientId !== undefined && incident.clientId !== cut(clientId)) return false;
  if (topicFilter !== undefined && !isAbout(incident, topicFilter)) return false;
  return about === undefined || isOf(incident, about) || isAbout(incident, about);
}

/** A client, a user or an address. */
function isOf({ clientId, username, address }: Incident, about: string): boolean {
  return clientId === cut(about) || username === about || address === about;
}

function isAbout({ topic }: Incident, topicFilter: string): boolean {
  if (topic === null) return false;
  if (topic === topicFilter) return true;
  if (topicFilterProblem(topicFilter) !== undefined) return false;
  const [inner, asked] = [unshared(topic), unshared(topicFilter)];
  return topicFilterProblem(inner) === undefined && filtersIntersect(inner, asked);
}

function unshared(topicFilter: string): string {
  const parts = splitSharedFilter(topicFilter);
  return typeof parts === "string" ? topicFilter : parts.topicFilter;
}

/** Text that a shell takes as one word, as it is. */
const ONE_WORD = /^[\w./+#-]+$/;

/** A command in the advice is about this client and topic, where they can be written as they are. */
function filledIn(advice: string, { clientId, topic }: Incident): string {
  if (topic === null || !ONE_WORD.test(clientId) || !ONE_WORD.test(topic)) return advice;
  return advice.replace("CLIENTID", clientId).replace(/TOPIC`|FILTER`/, `${topic}\``);
}

function rowOf(incident: Incident): RowOf<"why"> {
  const { at, last, times, kind, clientId, username, address, topic, action, code } = incident;
  const { reason, rule } = incident;
  return {
    at,
    last,
    times,
    kind,
    clientId,
    username: username ?? null,
    address,
    topic,
    action,
    code: code ?? null,
    reason,
    rule,
    advice: filledIn(adviceFor(incident), incident),
  };
}
