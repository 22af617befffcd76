/**
 * Messages and wills in lines of JSON. Invariant: a topic name that is read is one that MQTT allows.
 */
import { Message } from "../../session/message.ts";
import { topicNameProblem } from "../../topic/filter.ts";
import { messageOf, UserError } from "../../user_error.ts";
import { encodeUtf8 } from "../../wire/utf8.ts";
import type { StoredWill } from "../state.ts";
import { clientFields, readClient } from "./client.ts";
import type { Fields } from "./fields.ts";
import { payloadFields, readPayload } from "./payload.ts";
import { propertiesFields, readPropertiesFields } from "./properties.ts";
import type { Times } from "./times.ts";

/** What a JSON line of a message has; it begins with the message's order. */
export function messageFields(message: Message, times: Times): Readonly<Record<string, unknown>> {
  const { properties, expiresAt } = message;
  return {
    message: message.order,
    topic: message.topicName,
    ...payloadFields(message.payload),
    qos: message.qos,
    retain: message.retain || undefined,
    origin: message.origin,
    publisher: message.publisher,
    properties: properties && propertiesFields(properties),
    expiresIn: expiresAt === undefined ? undefined : times.until(expiresAt),
    expires: expiresAt === undefined ? undefined : times.date(expiresAt),
  };
}

/** @param time the present; @throws UserError */
export function readMessage(line: Fields, time: number): Message {
  const order = line.whole("message", 0, Number.MAX_SAFE_INTEGER);
  const topicName = line.text("topic");
  const topic = topicBytes(line, topicName);
  const payload = readPayload(line);
  const qos = line.oneOf("qos", [0, 1, 2]);
  const retain = line.flag("retain");
  const origin = line.oneOf("origin", ["client", "broker"]);
  const publisher = line.optionalText("publisher");
  const properties = readPropertiesFields(line);
  const expiresAt = line.has("expiresIn") ? time + line.milliseconds("expiresIn") : undefined;
  line.value("expires");
  line.end();
  return Message.of({
    topicName,
    topic,
    payload,
    qos,
    retain,
    origin,
    order,
    publisher,
    properties,
    expiresAt,
  });
}

/** What a JSON line of a will has; it begins with the client id. */
export function willFields(
  clientId: string,
  will: StoredWill,
  times: Times,
): Readonly<Record<string, unknown>> {
  const { properties, due } = will;
  return {
    will: clientId,
    client: clientFields(will.client),
    topic: will.topicName,
    ...payloadFields(will.payload),
    qos: will.qos,
    retain: will.retain || undefined,
    delay: will.delay,
    properties: properties && propertiesFields(properties),
    dueIn: due === undefined ? undefined : times.until(due),
    due: due === undefined ? undefined : times.date(due),
  };
}

/** @param time the present; @throws UserError */
export function readWill(line: Fields, time: number): StoredWill {
  const client = readClient(line.text("will"), line);
  const topicName = line.text("topic");
  topicBytes(line, topicName);
  const will = {
    client,
    topicName,
    payload: readPayload(line),
    qos: line.oneOf("qos", [0, 1, 2]),
    retain: line.flag("retain"),
    delay: line.whole("delay", 0, Number.MAX_SAFE_INTEGER),
    properties: readPropertiesFields(line),
    due: line.has("dueIn") ? time + line.milliseconds("dueIn") : undefined,
  };
  line.value("due");
  line.end();
  return will;
}

/** The topic name's UTF-8. */
function topicBytes(line: Fields, topicName: string): Uint8Array {
  const problem = topicNameProblem(topicName);
  if (problem !== undefined) throw new UserError(`${line.where}: topic: ${problem}`);
  try {
    return encodeUtf8(topicName, "topic name");
  } catch (cause) {
    throw new UserError(`${line.where}: topic: ${messageOf(cause)}`, { cause });
  }
}
