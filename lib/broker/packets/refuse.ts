/**
 * A CONNECT that is refused. Invariant: what a source says of a login stands in the log and with the incidents, for it
 * may tell who is known here; the client gets the code alone.
 */
import { shown } from "../../shown.ts";
import { type CodedReason, reasonName, returnCodeOf } from "../../wire/codes.ts";
import type { Client } from "../client.ts";
import type { ClientInfo } from "../client_info.ts";
import type { Core } from "../core.ts";
import { refusal } from "./last_word.ts";

/** Answers CONNACK with what the version has for the reason, then closes [MQTT-3.2.2-5]. */
export function refuse(client: Client, reason: CodedReason): Promise<void> {
  noteRefusal(client.core, client.info, reason, "house");
  return sendAway(client, reason, reason.text);
}

/** The same by the word of a source. */
export function refuseLogin(client: Client, reason: CodedReason): Promise<void> {
  noteRefusal(client.core, client.info, reason, "source");
  return sendAway(client, reason, "");
}

/** Counts a login that is refused, and keeps why. @param by whose words the reason's text is */
export function noteRefusal(
  core: Core,
  info: ClientInfo,
  { code, text }: CodedReason,
  by: "house" | "source",
): void {
  const [kind, action, topic] = ["login", "connect", null] as const;
  const [reason, rule] = by === "house" ? [text, ""] : [reasonName(code), text];
  core.refusals.add(reasonName(code));
  core.incidents.note(info, { kind, action, topic, code, reason, rule });
}

/** @param told what a client of MQTT 5 gets to read of it */
function sendAway(client: Client, { code, text }: CodedReason, told: string): Promise<void> {
  const { core, info, connection, acks } = client;
  client.will = undefined;
  const returnCode = returnCodeOf(code);
  const name = info.username === undefined ? "" : `, username ${shown(info.username)}`;
  core.logs.refusals.warn(`${info} refused with code ${returnCode}${name}: ${text}`);
  core.observers.clientRefused?.({ client: info, returnCode, code, reason: text });
  const connack = refusal(client, code, told);
  if (connack !== undefined) acks.push(connack);
  client.hears = "nothing";
  return connection.closeAfterFlush({ code, text: `refused: ${text}` });
}
