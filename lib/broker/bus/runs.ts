/**
 * Messages of one topic at QoS 0 that came from another member in a row, as the bytes that clients of MQTT 3.1.1 get: one
 * routing and one copy for each receiver serve all of them. Invariant: everything that looks at single messages (rules,
 * observers, traces, queues, limits) is not there, or they are delivered one by one.
 */
import type { Incoming } from "../../bus/incoming.ts";
import type { Core } from "../core.ts";
import { optionsFor } from "../deliver.ts";
import type { Recipient } from "../route.ts";

const UNKNOWN = { publisher: undefined };

/** Hands the whole run to each of them; false: nothing was done, for one of them must be asked about each message. */
export function copyRun(core: Core, recipients: readonly Recipient[], run: Incoming): boolean {
  if (looksAtMessages(core)) return false;
  for (const recipient of recipients) if (!takesRuns(recipient)) return false;
  const frames = run.bytes.subarray(run.cursor.start, run.end);
  const { traffic } = core;
  for (const { session } of recipients) {
    session.connection!.connection.outbound.push(frames); // counts as one packet
    traffic.packetsSent += run.messages - 1;
    traffic.publishSent += run.messages - 1;
    traffic.payloadBytesSent += run.payloadBytes;
  }
  core.lastOrder += run.messages;
  return true;
}

/** Is anyone told of single messages? */
function looksAtMessages({ access, memory, trace, topicWatch }: Core): boolean {
  return access.hasReceiveRules || memory.dropsQos0 || trace !== undefined ||
    topicWatch !== undefined;
}

function takesRuns({ session, options }: Recipient): boolean {
  const client = session.connection;
  return client !== undefined && client.info.protocolLevel < 5 && session.isReady &&
    session.hasNothingWaiting && client.connection.outbound.onPacket === undefined &&
    options.identifiers === undefined && optionsFor(session, options, UNKNOWN) !== undefined;
}
