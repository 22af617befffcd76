/** What a client wanted and may not: what the log says of it, and whom it is counted for. Invariant: rules reach the log alone. */
import type { OutgoingPublish } from "../../session/outgoing.ts";
import { shown } from "../../shown.ts";
import { type CloseReason, type CodedReason, ReasonCode } from "../../wire/codes.ts";
import type { Client } from "../client.ts";
import type { ClientInfo } from "../client_info.ts";
import type { Core } from "../core.ts";
import { dropped } from "../deliver.ts";
import { Drop } from "../drops.ts";
import type { Objection } from "../laws.ts";

/** Says that a message goes nowhere, which its client does not hear. */
export function noteReserved(
  core: Core,
  info: ClientInfo,
  topicName: string,
  { text }: Objection,
): void {
  core.logs.denials.info(`${info} publishes to ${shown(topicName)}, which is dropped: ${text}`);
}

/** Logs and counts what a client wanted to publish and may not. */
export function noteDenied(
  core: Core,
  info: ClientInfo,
  publish: OutgoingPublish,
  because: string,
): void {
  core.logs.denials.info(`${info} may not publish to ${shown(publish.topicName)}: ${because}`);
  dropped(core, info, publish, Drop.DENIED, because);
}

/** The reason to close a connection under `acl_deny_action: disconnect`. */
export function notAuthorized(what: string): CloseReason {
  return { code: ReasonCode.NOT_AUTHORIZED, text: `not authorized to ${what}` };
}

/**
 * Logs a filter that is not subscribed.
 * @param refusal what the client gets to know
 * @param because what the log says; a rule where `refusal` is one
 */
export function noteUnsubscribed(
  { core, info }: Client,
  topicFilter: string,
  refusal: CodedReason,
  because: string,
): void {
  core.logs.denials.info(`${info} may not subscribe to ${shown(topicFilter)}: ${because}`);
  const { code, text: reason } = refusal;
  const rule = because === reason ? "" : because;
  const topic = topicFilter;
  core.incidents.note(info, { kind: "denied", action: "subscribe", topic, code, reason, rule });
}
