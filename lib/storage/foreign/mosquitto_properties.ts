/**
 * Properties of MQTT 5 as mosquitto keeps them. Invariant: its store has message expiry interval as a time, beside the
 * list; here it is one of them again: what is left of it.
 */
import { MessageProperties } from "../../wire/message_properties.ts";
import { readPublishList } from "../../wire/properties.ts";
import { Reader } from "../../wire/reader.ts";

/** A list of none. */
export const NO_PROPERTIES: Uint8Array = new Uint8Array(0);

/**
 * With what is left until then as message expiry interval.
 * @param bytes as PUBLISH has them, without their length
 * @param expiryTime seconds since the epoch; 0: never
 * @param time the present, milliseconds since the epoch
 * @throws MalformedPacketError, ProtocolError for what is none
 */
export function propertiesOf(
  bytes: Uint8Array,
  expiryTime: number,
  time: number,
): MessageProperties | undefined {
  const expiry = expiryTime === 0 ? undefined : Math.max(0, Math.ceil(expiryTime - time / 1000));
  return MessageProperties.read(bytes, readPublishList(new Reader(bytes, 0, bytes.length)), expiry);
}
