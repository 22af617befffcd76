/** All that can be said of a round: pure, from its history to the promises that were not kept. */
import { checkDeliveries } from "./check_deliveries.ts";
import { checkRetained } from "./check_retained.ts";
import { checkSessions } from "./check_sessions.ts";
import { checkWills, type WillTerms } from "./check_wills.ts";
import type { Event } from "./history.ts";
import { messagesOf } from "./spans.ts";
import type { Violation } from "./violation.ts";

/** Every promise of the history that was not kept, earliest first. */
export function check(events: readonly Event[], wills: WillTerms): Violation[] {
  return [
    ...checkDeliveries(events),
    ...checkSessions(events),
    ...checkRetained(events),
    ...checkWills(events, wills),
    ...checkHandshakes(events),
  ].sort((a, b) => a.at - b.at);
}

/** Messages whose handshake the broker did not bring to its end. */
function checkHandshakes(events: readonly Event[]): Violation[] {
  return [...messagesOf(events).values()].filter(({ done }) => done === Infinity).map((message) => {
    const { publisher: client, topic, sequence, first, qos } = message;
    const promised = `${qos === 1 ? "PUBACK" : "PUBCOMP"} for #${sequence} in the end`;
    return { kind: "stuck", client, topic, promised, came: "none", at: first };
  });
}
