/** Application messages that are kept. Invariant: a message owns its bytes, which never change. */
import type { MessageProperties } from "../wire/message_properties.ts";
import type { QoS } from "../wire/packets.ts";

/** Who sent a message into the broker. */
export type Origin = "client" | "broker";

/** An application message that owns its bytes: inflight, queued or retained. */
export interface Message {
  readonly topicName: string;
  /** The topic name's UTF-8. */
  readonly topic: Uint8Array;
  readonly payload: Uint8Array;
  /** As published. */
  readonly qos: QoS;
  readonly retain: boolean;
  readonly origin: Origin;
  /** Rises with every message that its broker takes in: which of two is older. */
  readonly order: number;
  /** The client id of its publisher; undefined for the broker's own. */
  readonly publisher: string | undefined;
  /** Of MQTT 5. */
  readonly properties: MessageProperties | undefined;
  /** When it is void, milliseconds of its broker's monotonic clock; undefined: never. */
  readonly expiresAt: number | undefined;
  /** For the journal: the edition of it that has the message; 0: none. */
  recorded: number;
}

/** What a message counts for where bytes are limited: its payload, topic name and properties. */
export function sizeOf({ payload, topic, properties }: Message): number {
  return payload.length + topic.length + (properties === undefined ? 0 : properties.size);
}
