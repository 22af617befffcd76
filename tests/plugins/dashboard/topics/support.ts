/** Messages as the page keeps them, for tests of its parts. */
import type { Message } from "../../../../plugins/dashboard/page/views/topics/message.js";

/** A message of this topic. */
export function message(topicName: string, payload = "", more: Partial<Message> = {}): Message {
  const bytes = new TextEncoder().encode(payload);
  return {
    topicName,
    payload: bytes,
    bytes: bytes.length,
    qos: 0,
    retain: false,
    at: 0,
    properties: [],
    ...more,
  };
}
