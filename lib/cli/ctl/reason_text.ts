/** Incidents and traces in lines for people. Pure. */
import type { EventOf, RowOf } from "../../manage/commands.ts";
import { reasonName } from "../../wire/codes.ts";
import type { ReasonCode } from "../../wire/codes.ts";

type Incident = RowOf<"why">;
type TraceEvent = EventOf<"trace">;

/** When, who, what; why; what to do. */
export function incidentLines(incident: Incident): string[] {
  const { kind, advice } = incident;
  const parts = [timeText(incident.last), kind, whoText(incident), whatText(incident)];
  return [
    parts.filter((part) => part !== "").join("  ") + timesText(incident),
    `    why   ${whyText(incident)}`,
    `    do    ${advice}`,
  ];
}

/** `2026-11-28T06:01:02Z`: what is told of an hour needs no milliseconds. */
function timeText(epoch: number): string {
  return new Date(epoch).toISOString().replace(/\.\d+Z$/, "Z");
}

/** `sensor-1 (user alice, 10.0.0.5)`. */
function whoText({ clientId, username, address }: Incident): string {
  const known = [...(username === null ? [] : [`user ${username}`]), address];
  const more = known.filter((part) => part !== "").join(", ");
  if (clientId === "") return more === "" ? "the broker" : more;
  return more === "" ? clientId : `${clientId} (${more})`;
}

const OF_MANY: ReadonlySet<string> = new Set(["publish", "subscribe", "receive"]);

function whatText({ action, topic }: Incident): string {
  if (topic !== null) return `${action} ${topic}`;
  return OF_MANY.has(action) ? `${action}, many topics` : action;
}

function timesText({ times, at }: Incident): string {
  return times === 1 ? "" : `  (${times} times since ${timeText(at)})`;
}

/** `not authorized (0x87); acl_file: acl.conf, line 3: ...`. */
function whyText({ reason, code, rule }: Incident): string {
  const name = code === null ? "" : codeText(code as ReasonCode, reason);
  return rule === "" ? reason + name : `${reason}${name}; ${rule}`;
}

function codeText(code: ReasonCode, reason: string): string {
  const hex = `0x${code.toString(16).padStart(2, "0")}`;
  const name = reasonName(code);
  return reason.startsWith(name) ? ` (${hex})` : ` (${hex} ${name})`;
}

/** Events in lines, those of one message together: what follows another message's has a line above it. */
export class TraceLines {
  #last: number | undefined;

  /** The lines of one event. */
  of({ at, message, event, clientId, topicName, detail }: TraceEvent): string[] {
    const time = new Date(at).toISOString().slice(11, 23);
    const line = `  ${time}  ${event.padEnd(13)}${clientId ?? "the broker"}${
      detail === "" ? "" : `: ${detail}`
    }`;
    if (message === this.#last) return [line];
    this.#last = message;
    return [`#${message} ${topicName ?? ""}`.trimEnd(), line];
  }
}
