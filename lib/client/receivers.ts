/**
 * Who gets the messages: callbacks and streams, by topic filter. Invariant: a receiver releases the hold of a message
 * exactly once, when it has finished with it.
 */
import { filterMatches, splitSharedFilter, topicFilterProblem } from "../topic/filter.ts";
import type { Hold } from "../net/ack_queue.ts";
import type { ReceivedMessage } from "./message.ts";

/** Called with every message that matches; a promise delays the acknowledgement of QoS 1 and 2. */
export type MessageHandler = (message: ReceivedMessage) => void | Promise<void>;

/** Counts what has come and is not yet handled, so that reading can stop for a while. */
export interface Holding {
  hold(bytes: number): void;
  letGo(bytes: number): void;
}

/**
 * Which messages: by topic filter, all for undefined, or (MQTT 5) those that came for the subscription with this
 * identifier.
 */
export type MessageSelection = string | { readonly subscriptionIdentifier: number } | undefined;

/** The identifier of a selection by identifier. */
export function identifierOf(selection: MessageSelection): number | undefined {
  return typeof selection === "object" ? selection.subscriptionIdentifier : undefined;
}

/** One registration. */
export interface Receiver {
  /** It gets only messages with this subscription identifier; undefined: with or without any. */
  readonly identifier: number | undefined;
  matches(topicName: string): boolean;
  /** Takes a message; true when it is finished with it already, otherwise it releases a hold later. */
  receive(message: ReceivedMessage): boolean;
  /** The acknowledgement of the message last received is held so, or there is none. After `receive` answered false. */
  attach(hold: Hold | undefined): void;
  /** The client is closed; false: it stays, for the client may be connected again. */
  end(error: Error | undefined): boolean;
}

/** What an entry costs beside its payload, roughly. */
const ENTRY_OVERHEAD = 256;
/** What a byte of properties becomes as objects and texts, roughly. */
const PROPERTY_COST = 8;

/** Bytes that a held message counts. */
export function heldSize(message: ReceivedMessage): number {
  return message.payload.length + message.propertySize * PROPERTY_COST + ENTRY_OVERHEAD;
}

/**
 * A function that tells whether a topic name matches; `$share/GROUP/` and `$queue/` are taken off.
 * @throws RangeError for a filter that is none
 */
export function matcherOf(filter: MessageSelection): (topicName: string) => boolean {
  if (typeof filter !== "string") return () => true;
  const plain = checkFilter(filter);
  return plain === "#" ? () => true : (topicName) => filterMatches(plain, topicName);
}

/** The filter without `$share/GROUP/`; throws RangeError for what is no filter. */
export function checkFilter(filter: string): string {
  const split = splitSharedFilter(filter);
  if (typeof split === "string") throw new RangeError(`${JSON.stringify(filter)}: ${split}`);
  const problem = topicFilterProblem(split.topicFilter);
  if (problem !== undefined) throw new RangeError(`${JSON.stringify(filter)}: ${problem}`);
  return split.topicFilter;
}

/** A callback. What it throws, or rejects with, is reported as an uncaught error. */
export class CallbackReceiver implements Receiver {
  readonly matches: (topicName: string) => boolean;
  readonly identifier: number | undefined;
  readonly #handler: MessageHandler;
  readonly #holding: Holding;
  #running: Promise<void> | undefined;
  #message: ReceivedMessage | undefined;

  constructor(selection: MessageSelection, handler: MessageHandler, holding: Holding) {
    this.matches = matcherOf(selection);
    this.identifier = identifierOf(selection);
    this.#handler = handler;
    this.#holding = holding;
  }

  receive(message: ReceivedMessage): boolean {
    try {
      const result = this.#handler(message);
      if (!(result instanceof Promise)) return true;
      this.#running = result;
      this.#message = message;
      return false;
    } catch (error) {
      reportError(error);
      return true;
    }
  }

  attach(hold: Hold | undefined): void {
    const size = heldSize(this.#message!);
    this.#holding.hold(size);
    this.#running!.catch(reportError).finally(() => {
      this.#holding.letGo(size);
      hold?.release();
    });
    this.#running = this.#message = undefined;
  }

  end(): boolean {
    return false;
  }
}
