/** Why something was refused, and what becomes of messages, as a running broker is asked about it. */
import { nullable, number, object, optional, picklist, strictObject, string } from "valibot";
import { listing, stream } from "./shape.ts";

const INCIDENT = object({
  /** Milliseconds since 1970: the first, and the last of the same. */
  at: number(),
  last: number(),
  /** How often the same came. */
  times: number(),
  /** `login` refused, `denied` a right, `dropped` a message, `disconnected`, `refused` otherwise. */
  kind: picklist(["login", "denied", "dropped", "disconnected", "refused"]),
  clientId: string(),
  username: nullable(string()),
  address: string(),
  /** A topic name or a filter; null: it concerns none. */
  topic: nullable(string()),
  /** What it was about to do: `publish`, `subscribe`, `receive`, `connect`, ... */
  action: string(),
  /** Of MQTT 5; null: no packet has one for it. */
  code: nullable(number()),
  /** In one line. */
  reason: string(),
  /** The rule or row with its file and line; empty: no rule had to do with it. */
  rule: string(),
  /** What to do about it. */
  advice: string(),
});

const TRACE_EVENT = object({
  /** Milliseconds since 1970. */
  at: number(),
  /** The same for all events of one message, or of one packet of a client that is followed. */
  message: number(),
  /** `received`, `allowed`, `denied`, `routed`, `sent`, `queued`, `dropped`, `acknowledged`, `retained`, ... */
  event: string(),
  /** Publisher or receiver; null: the broker. */
  clientId: nullable(string()),
  topicName: nullable(string()),
  /** In one line: QoS, packet id, the rule, the reason. */
  detail: string(),
});

const OF_WHOM = {
  clientId: optional(string()),
  topicFilter: optional(string()),
  /** Either of both: a client id, or a topic filter. */
  about: optional(string()),
};

/** By name. */
export const REASON_COMMANDS = {
  why: listing(
    ["GET /why", "Refusals, denials, drops and disconnects of the last hour, the newest first"],
    strictObject({
      ...OF_WHOM,
      kind: optional(picklist(["login", "denied", "dropped", "disconnected", "refused"])),
    }),
    INCIDENT,
  ),
  trace: stream(
    ["GET /trace", "What becomes of messages: of a client, or to topics"],
    strictObject({
      ...OF_WHOM,
      /** Ends after that many seconds. */
      seconds: optional(number(), 600),
    }),
    TRACE_EVENT,
  ),
} as const;
