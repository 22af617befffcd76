/** A message from another member, where its bytes lie. Invariant: one object a peer, reused; its bytes are borrowed. */
import { FrameCursor } from "../wire/frame.ts";
import { PublishFields, readPublish } from "../wire/publish.ts";
import { decodeUtf8 } from "../wire/utf8.ts";
import { readPublishV5 } from "../wire/v5/publish.ts";

/** A PUBLISH on the bus, with what the bus says of it. */
export class Incoming {
  bytes: Uint8Array = new Uint8Array(0);
  /** Of the PUBLISH; its header has QoS and RETAIN as published. */
  readonly cursor = new FrameCursor();
  isV5 = false;
  /** It is for all subscriptions of this broker that are not shared. */
  isPlain = false;
  /** It is the topic's retained message now. */
  isKept = false;
  /** The shared subscriptions whose turn is here. */
  groups: readonly string[] = [];
  /** Known of what is retained; undefined: the broker itself, or not known. */
  publisher: string | undefined = undefined;
  /** The places of the PUBLISH's parts. */
  readonly fields = new PublishFields();

  /** Where its frame of the bus ends. */
  end = 0;
  /** Of a run of messages of one topic, of which the cursor has the first: how many, and their payloads together. */
  messages = 0;
  payloadBytes = 0;

  /** Reads the layout of the PUBLISH that begins there. */
  readAt(start: number): void {
    this.cursor.find(this.bytes, start, this.end, Infinity);
    if (this.isV5) readPublishV5(this.bytes, this.cursor, this.fields);
    else readPublish(this.bytes, this.cursor, this.fields);
  }

  get topicName(): string {
    return decodeUtf8(this.bytes, this.fields.topicStart, this.fields.topicEnd, "topic name");
  }

  get payloadLength(): number {
    return this.cursor.end - this.fields.payloadStart;
  }
}
