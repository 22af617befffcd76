/**
 * The layouts of one PUBLISH: before MQTT 5 and of it, without and with a packet id, with what only some receivers of
 * MQTT 5 get (subscription identifiers, a topic alias). Invariants: each is encoded once; what a receiver fills in
 * (first byte, packet id, topic alias) is a placeholder.
 */
import type { MessageProperties } from "../wire/message_properties.ts";
import type { QoS } from "../wire/packets.ts";
import { encodePublishFrame, publishHeader } from "../wire/publish.ts";
import { encodePublishFrameV5, type HopProperties } from "../wire/v5/publish.ts";

const PLACEHOLDER = 1;
const NO_TOPIC = new Uint8Array(0);
/** Variants that are kept at a time: each is a whole frame. */
const MOST_VARIANTS = 8;

/** What a topic alias does in a PUBLISH: there is none, one is given to the topic, one stands for the topic. */
export const Alias = { NONE: 0, SET: 1, USED: 2 } as const;
/** One of the three. */
export type Alias = (typeof Alias)[keyof typeof Alias];

/** What a receiver of MQTT 5 gets beside the message's own properties. */
export interface Variant {
  readonly identifiers: readonly number[] | undefined;
  readonly alias: Alias;
}

const PLAIN: Variant = { identifiers: undefined, alias: Alias.NONE };

/** What of a message goes into its frames. */
export interface Encodable {
  readonly topic: Uint8Array;
  /** Borrowed. */
  readonly payload: Uint8Array;
  readonly carried: MessageProperties | undefined;
  readonly secondsLeft: number | undefined;
}

/** Frames by layout, and a time. */
export class Layouts {
  readonly #message: Encodable;
  #plain: Uint8Array | undefined;
  #withId: Uint8Array | undefined;
  #plainV5: Uint8Array | undefined;
  #withIdV5: Uint8Array | undefined;
  #variants: Map<number, Uint8Array> | undefined;
  /** When the message is void, on the broker's clock; undefined: never. */
  expiresAt: number | undefined = undefined;
  /** Of a kept message: seconds until then; undefined: as published. */
  secondsLeft: number | undefined = undefined;

  constructor(message: Encodable) {
    this.#message = message;
  }

  frameFor(isV5: boolean, qos: QoS): Uint8Array {
    if (isV5) {
      return qos === 0
        ? this.#plainV5 ??= encodeVariant(this.#message, 0, PLAIN)
        : this.#withIdV5 ??= encodeVariant(this.#message, 1, PLAIN);
    }
    return qos === 0
      ? this.#plain ??= encodeBefore5(this.#message, 0)
      : this.#withId ??= encodeBefore5(this.#message, 1);
  }

  /** Where several subscriptions match, each receiver's identifiers are others: such a frame is not kept. */
  variantFor(qos: QoS, { identifiers, alias }: Variant): Uint8Array {
    const encode = () => encodeVariant(this.#message, qos === 0 ? 0 : 1, { identifiers, alias });
    if (identifiers !== undefined && identifiers.length > 1) return encode();
    const key = ((identifiers?.[0] ?? 0) * 3 + alias) * 2 + (qos === 0 ? 0 : 1);
    const variants = this.#variants ??= new Map();
    const known = variants.get(key);
    if (known !== undefined) return known;
    const frame = encode();
    if (variants.size >= MOST_VARIANTS) variants.clear();
    variants.set(key, frame);
    return frame;
  }
}

function encodeBefore5(message: Encodable, qos: 0 | 1): Uint8Array {
  const header = publishHeader(qos, false, false);
  return encodePublishFrame(header, message.topic, PLACEHOLDER, message.payload);
}

function encodeVariant(message: Encodable, qos: 0 | 1, variant: Variant): Uint8Array {
  const { carried, payload } = message;
  const header = publishHeader(qos, false, false);
  const topic = variant.alias === Alias.USED ? NO_TOPIC : message.topic;
  return encodePublishFrameV5(
    header,
    topic,
    PLACEHOLDER,
    carried,
    hopOf(message, variant),
    payload,
  );
}

/** What stands in a frame beside the message's own properties. */
export function hopOf(
  { secondsLeft }: Encodable,
  { identifiers, alias }: Variant,
  topicAlias = PLACEHOLDER,
): HopProperties {
  return { expiry: secondsLeft, identifiers, topicAlias: alias === Alias.NONE ? 0 : topicAlias };
}
