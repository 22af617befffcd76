/** Topics, retained messages and publishing, as a running broker is asked about them. */
import {
  array,
  boolean,
  integer,
  maxValue,
  minValue,
  nullable,
  number,
  object,
  optional,
  picklist,
  pipe,
  strictObject,
  string,
} from "valibot";
import { command, listing, ONE_TOPIC, QOS } from "./shape.ts";

const RETAINED_ROW = object({
  topicName: string(),
  qos: QOS,
  /** Of the payload. */
  bytes: number(),
});

/** A payload as the wire of the API has it. */
const PAYLOAD = object({
  /** Of the whole payload. */
  bytes: number(),
  /** The first bytes of it, base64. */
  payload: string(),
  /** Is `payload` all of it? */
  isWhole: boolean(),
});

const TOPIC_ROW = object({
  topicName: string(),
  /** Of the last message. */
  qos: QOS,
  retain: boolean(),
  /** Who published it last; null: the broker, or not known. */
  publisher: nullable(string()),
  /** Milliseconds since 1970; null: before anyone looked. */
  at: nullable(number()),
  /** Since someone looks. */
  messages: number(),
  /** A second, over the last minute. */
  rate: number(),
  /** Is a message retained here? */
  isRetained: boolean(),
  /**
   * Null: the caller may not subscribe to this topic, or it is not kept. A listing has the first 256 bytes; one topic
   * the first 64 KiB, of a retained message the first MiB.
   */
  last: nullable(PAYLOAD),
});

const RETAINED_MESSAGE = object({
  topicName: string(),
  qos: QOS,
  /** Milliseconds since 1970; null: not known. */
  at: nullable(number()),
  /** Null: for ever. */
  expirySeconds: nullable(number()),
  contentType: nullable(string()),
  ...PAYLOAD.entries,
});

const PURGED = object({
  /** Messages that were removed, or would be. */
  messages: number(),
  bytes: number(),
  /** The first of their topics. */
  topics: array(string()),
  /** Messages that stay, for the caller's user may not publish to their topics. */
  denied: number(),
  /** What `retained undo` takes; null: nothing was removed, or it is too much to be kept. */
  undo: nullable(string()),
});

const MESSAGE = strictObject({
  topicName: string(),
  /** Text; or else base64. */
  payload: optional(string(), ""),
  encoding: optional(picklist(["text", "base64"]), "text"),
  qos: optional(QOS, 0),
  retain: optional(boolean(), false),
  contentType: optional(string()),
  responseTopic: optional(string()),
  /** Seconds. */
  messageExpiryInterval: optional(pipe(number(), integer(), minValue(0), maxValue(0xffff_ffff))),
  userProperties: optional(array(object({ name: string(), value: string() }))),
});

/** By name. */
export const TOPIC_COMMANDS = {
  topics: listing(
    [
      "GET /topics",
      "Topics that were published to since someone looks, and those with a retained message",
    ],
    strictObject({
      topicFilter: optional(string(), "#"),
      /** In the topic's name. */
      search: optional(string()),
    }),
    TOPIC_ROW,
  ),
  topic: command(["GET /topic", "One topic with its last message"], ONE_TOPIC, TOPIC_ROW),
  retained: listing(
    ["GET /retained", "The retained messages whose topic the filter matches"],
    strictObject({ topicFilter: optional(string()) }),
    RETAINED_ROW,
  ),
  "retained get": command(
    ["GET /retained/message", "One retained message"],
    ONE_TOPIC,
    RETAINED_MESSAGE,
  ),
  "retained delete": command(
    [
      "DELETE /retained/message",
      "Remove the retained message of a topic; retained undo takes it back",
    ],
    ONE_TOPIC,
    object({ topicName: string(), undo: nullable(string()) }),
  ),
  "retained purge": command(
    [
      "DELETE /retained",
      "Remove all retained messages whose topic the filter matches, or say which",
    ],
    strictObject({ topicFilter: string(), dryRun: optional(boolean(), false) }),
    PURGED,
  ),
  "retained undo": command(
    ["POST /retained/undo", "Bring back what a deletion of the last ten minutes removed"],
    strictObject({ undo: string() }),
    object({
      messages: number(),
      /** Topics that have a newer message by now. */
      kept: number(),
      /** Messages that have expired meanwhile, or for which there is no room. */
      lost: number(),
    }),
  ),
  publish: command(
    [
      "POST /publish",
      "Publish, under the rules of the caller's user; a superuser in the broker's name",
    ],
    MESSAGE,
    object({ topicName: string(), /** Sessions that it went to. */ receivers: number() }),
  ),
} as const;
