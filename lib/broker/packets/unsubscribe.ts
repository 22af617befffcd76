/**
 * UNSUBSCRIBE, section 3.10. Called by the dispatcher. Invariant: UNSUBACK answers also filters that were not
 * subscribed [MQTT-3.10.4-5].
 */
import { ProtocolError } from "../../wire/errors.ts";
import { topicFilterProblem } from "../../topic/filter.ts";
import type { UnsubscribePacket } from "../../wire/packets.ts";
import type { Client } from "../client.ts";
import type { BrokerSession } from "../sessions.ts";
import { endSubscription } from "../subscriptions.ts";
import { encodePacket } from "../../wire/codec.ts";

/** Handles an UNSUBSCRIBE. */
export function handleUnsubscribe(
  client: Client,
  session: BrokerSession,
  { packetId, topicFilters }: UnsubscribePacket,
): void {
  const { core, info, connection } = client;
  for (const topicFilter of topicFilters) {
    const problem = topicFilterProblem(topicFilter);
    if (problem !== undefined) throw new ProtocolError(problem, "MQTT-4.7.1-2");
  }
  for (const topicFilter of topicFilters) {
    if (endSubscription(core.tree, session, topicFilter)) {
      core.observers.clientUnsubscribed?.({ client: info, topicFilter });
    }
  }
  connection.outbound.push(encodePacket({ type: "unsuback", packetId }));
}
