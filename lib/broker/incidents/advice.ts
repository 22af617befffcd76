/**
 * What to do about an incident: one sentence for every reason that the broker has. Invariant: a reason's own words come
 * first, then what its reason code says; there is always a sentence.
 */
import { ReasonCode } from "../../wire/codes.ts";
import { BY_CODE } from "./advice_codes.ts";
import { COMING } from "./advice_coming.ts";
import { DENIED, LOGIN_DENIED } from "./advice_shared.ts";
import { STAYING } from "./advice_staying.ts";
import type { Incident } from "./incident.ts";

/** What advice depends on. */
export type Advised = Pick<Incident, "kind" | "action" | "code" | "reason" | "rule">;

/** What to do, in one sentence. */
export function adviceFor(incident: Advised): string {
  return ownAdvice(incident) ?? codeAdvice(incident);
}

/** The sentence of this very reason; undefined: only its code has one. Of a login the source's words count too. */
export function ownAdvice({ kind, reason, rule }: Omit<Advised, "code">): string | undefined {
  const source = kind === "login" ? rule : "";
  for (const table of [COMING, STAYING]) {
    for (const words in table) {
      if (reason.includes(words) || source.includes(words)) return table[words];
    }
  }
  return undefined;
}

function codeAdvice({ kind, action, code }: Advised): string {
  if (kind === "login" && code === R.NOT_AUTHORIZED) return LOGIN_DENIED;
  if (kind === "refused" && code === undefined) return HANDSHAKE;
  if (code === undefined) return LOST;
  if (kind === "denied" && code === R.NOT_AUTHORIZED) {
    return action === "subscribe" || action === "receive" ? DENIED[action] : DENIED.publish;
  }
  return BY_CODE.get(code) ?? "See the reason; the broker's log has the line around it.";
}

const R = ReasonCode;

const LOST =
  "Nothing to do where the client went on purpose; else look at its network, and at its " +
  "own log: it left without DISCONNECT.";
const HANDSHAKE =
  "Nothing was decided about a user: look at what connects from there, and whether " +
  "it means this port.";
