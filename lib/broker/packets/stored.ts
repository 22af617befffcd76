/**
 * A PUBLISH and the journal: what waits for it, and what is not taken while it takes nothing. Invariants: an
 * acknowledgement leaves when all that it promises is safe; what needs no journal goes on without it.
 */
import type { OutgoingPublish } from "../../session/outgoing.ts";
import { TurnRecords } from "../../storage/turn_records.ts";
import { type CloseReason, ReasonCode } from "../../wire/codes.ts";
import { Header } from "../../wire/fixed_header.ts";
import type { Client } from "../client.ts";
import { dropped, isMany, type Within } from "../deliver.ts";
import { Drop } from "../drops.ts";
import type { Route } from "../route.ts";
import { acknowledgeWith } from "./publish_v5.ts";
import type { BrokerSession } from "../sessions.ts";

/** Before MQTT 5 there is no word for it; a client sends again what was not acknowledged. */
const NOT_STORED: CloseReason = {
  code: ReasonCode.QUOTA_EXCEEDED,
  text: "a message cannot be kept: the storage takes nothing",
};

/**
 * Takes note of a QoS 2 message, and keeps its acknowledgement, or that of a QoS 1 message, back until it is safe.
 * @param promised that of the journal before anything of the message was recorded; undefined: nothing was
 */
export function holdBack(client: Client, promised: number | undefined): void {
  const { core: { journal }, publishFields: { qos, packetId, retain }, session, acks } = client;
  const before = promised ?? journal?.promised;
  if (qos === 2) session!.receive(packetId); // [MQTT-4.3.3-2]
  // A retained message that is as it was may have been recorded by another a moment ago.
  if (journal !== undefined && (journal.promised !== before || retain)) journal.hold(acks);
}

/** Of a session that is kept: what is promised from now on stands on what was recorded. */
export function holdForSession({ core, acks }: Client, { journal }: BrokerSession): void {
  if (journal !== undefined) core.journal?.hold(acks);
}

/** A QoS 2 message has come again: its acknowledgement waits for what was recorded when it came first. */
export function acknowledgeAgain({ session, acks, publishFields: { packetId } }: Client): void {
  const journal = session!.journal;
  if (journal !== undefined) {
    const hold = acks.hold();
    journal.whenReceived(packetId, () => hold.release());
  }
  acks.pushAck(Header.PUBREC, packetId);
}

/** A message's records that are to be safe together, though they come in several turns. */
export interface RecordsApart {
  readonly within: Within;
  /** They are whole. */
  close(): void;
}

/**
 * Of a QoS 2 message of a session that is kept, to many receivers: some of them without the note that it has come, or
 * the other way round, would be a message twice, or none.
 */
export function recordsApart(client: Client, route: Route): RecordsApart | undefined {
  const { core, core: { journal }, publishFields: { qos }, session } = client;
  if (journal === undefined || qos !== 2 || session!.journal === undefined) return undefined;
  if (!isMany(core, route)) return undefined;
  const apart = new TurnRecords(true);
  return {
    within: (slice) => journal.gatherInto(apart, slice),
    close: () => journal.closeApart(apart),
  };
}

/** Turns a message above QoS 0 away that would have to be kept. */
export function refuseUnstored(client: Client, publish: OutgoingPublish): void | Promise<void> {
  dropped(client.core, client.info, publish, Drop.STORAGE_FULL);
  if (client.info.protocolLevel === 5) return acknowledgeWith(client, ReasonCode.QUOTA_EXCEEDED);
  return client.connection.closeAfterFlush(NOT_STORED);
}
