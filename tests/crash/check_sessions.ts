/**
 * Judges session present flags: what a CONNACK promised must be there at the next CONNECT, and what a clean start ended
 * must not. Invariant: after a CONNECT without its CONNACK both are right where the CONNECT would have changed it.
 */
import { BROKER, type Event } from "./history.ts";
import type { Violation } from "./violation.ts";

/** Is a session there? `maybe`: a CONNECT that would have changed it was not answered. */
type Presence = "yes" | "no" | "maybe";

interface State {
  presence: Presence;
  /** The CONNECT that waits for its CONNACK. */
  asked: { clean: boolean; kept: boolean } | undefined;
}

/** Each CONNACK whose flag is not as promised. */
export function checkSessions(events: readonly Event[]): Violation[] {
  const states = new Map<string, State>();
  return events.flatMap((event, at) => {
    const { client } = event;
    if (client === BROKER) return [];
    const state = states.get(client) ?? { presence: "no", asked: undefined };
    states.set(client, state);
    return step(state, event, at);
  });
}

function step(state: State, event: Event, at: number): Violation[] {
  const { client } = event;
  if (event.kind === "known") state.presence = event.isThere ? "yes" : "no";
  if (event.kind === "connect") {
    giveUp(state);
    state.asked = { clean: event.clean, kept: event.kept };
  }
  if (event.kind !== "connack" || state.asked === undefined) return [];
  const { clean, kept } = state.asked;
  const expected = clean ? "no" : state.presence;
  state.asked = undefined;
  state.presence = kept ? "yes" : "no";
  if (expected === "maybe" || event.isPresent === (expected === "yes")) return [];
  const promised = expected === "yes"
    ? "the session that an earlier CONNACK had promised to keep"
    : "no session: none was kept, or a clean start had ended it";
  const came = `session present ${event.isPresent ? 1 : 0}`;
  return [{ kind: "session", client, topic: "", promised, came, at }];
}

/** The last CONNECT was not answered: what it would have changed is open. */
function giveUp(state: State): void {
  if (state.asked === undefined) return;
  const { clean, kept } = state.asked;
  const after: Presence = kept ? "yes" : "no";
  if (clean || state.presence === "no") {
    state.presence = state.presence === after ? after : "maybe";
  }
  state.asked = undefined;
}
