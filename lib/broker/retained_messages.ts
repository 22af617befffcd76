/**
 * The retained messages of one broker. Invariant: they are kept packed; what the journal has not written yet is the
 * message itself, for others wait with it, and together they are written once.
 */
import { Message, sizeOf } from "../session/message.ts";
import type { OutgoingPublish } from "../session/outgoing.ts";
import { LentBytes, PackedMessage } from "../session/packed_message.ts";
import { RetainedTree } from "../topic/retained.ts";

type Kept = Message | PackedMessage;

/** By topic name. */
export class RetainedMessages {
  readonly #tree = new RetainedTree<Kept>(bytesOf);
  readonly #space = new LentBytes();
  /** There is a journal that says when it has written a message. */
  isRecorded = false;

  /** How many are kept under names that do not begin with `$SYS`. */
  get count(): number {
    return this.#tree.count;
  }

  /** Of payloads, topic names and properties. */
  get bytes(): number {
    return this.#tree.bytes;
  }

  get isEmpty(): boolean {
    return this.#tree.isEmpty;
  }

  /** The message of one topic name. */
  get(topicName: string): Message | undefined {
    const kept = this.#tree.get(topicName);
    return kept instanceof PackedMessage ? kept.unpack() : kept;
  }

  /** The same packed: what may be kept by the million. */
  packed(topicName: string): PackedMessage | undefined {
    const kept = this.#tree.get(topicName);
    return kept === undefined || kept instanceof PackedMessage ? kept : packed(kept);
  }

  /** The same to be looked at or sent: who keeps it has to call `own`. */
  lend(topicName: string): Message | undefined {
    const kept = this.#tree.get(topicName);
    return kept && this.#lent(kept);
  }

  /** The same of what `topics` has found this moment. */
  lendFound(found: { readonly topicName: string }): Message | undefined {
    const isKept = found instanceof PackedMessage || found instanceof Message;
    return isKept ? this.#lent(found) : this.lend(found.topicName);
  }

  /** What the message of a topic name counts for, in bytes; undefined: there is none. */
  sizeAt(topicName: string): number | undefined {
    const kept = this.#tree.get(topicName);
    return kept && bytesOf(kept);
  }

  /** Keeps a message that is under way, in place of its topic's [MQTT-3.3.1-5]. */
  keep(publish: OutgoingPublish): void {
    const { topicName } = publish;
    this.#tree.set(
      topicName,
      this.isRecorded ? publish.message : new PackedMessage(publish, publish.carried, 0),
    );
  }

  /** Keeps a message, in place of its topic's. */
  set(message: Message): void {
    const waits = this.isRecorded && message.recorded === 0;
    this.#tree.set(message.topicName, waits ? message : packed(message));
  }

  /** The journal has written this message. */
  written(message: Message): void {
    const { topicName } = message;
    if (this.#tree.get(topicName) === message) this.#tree.set(topicName, packed(message));
  }

  /** Removes the message of a topic [MQTT-3.3.1-10]; false when there was none. */
  delete(topicName: string): boolean {
    return this.#tree.delete(topicName);
  }

  /** Those whose topic name the filter matches, one after the other and lent; undefined for a step that finds none. */
  *visit(topicFilter: string): Generator<Message | undefined> {
    for (const kept of this.#tree.visit(topicFilter)) yield kept && this.#lent(kept);
  }

  /** The same with their topic names alone. */
  topics(topicFilter: string): Generator<{ readonly topicName: string } | undefined> {
    return this.#tree.visit(topicFilter);
  }

  /** All of them, `$` names too, as `visit`. */
  *all(): Generator<Message | undefined> {
    for (const kept of this.#tree.all()) yield kept && this.#lent(kept);
  }

  #lent(kept: Kept): Message {
    return kept instanceof PackedMessage ? kept.lend(this.#space) : kept;
  }
}

/** What it counts for. */
function bytesOf(kept: Kept): number {
  return kept instanceof PackedMessage ? kept.size : sizeOf(kept);
}

function packed(message: Message): PackedMessage {
  return new PackedMessage(message, message.properties, message.recorded);
}
