// @ts-check
/**
 * What is kept of the chosen topic: its last messages, their numbers, the whole of the newest payload. Invariants: at
 * most a hundred messages and four megabytes of them; the newest stands first.
 */
import { textOf } from "./formats.js";
import { isWhole } from "./message.js";
import { Numbers } from "./numbers.js";

/** @typedef {import("./message.js").Message} Message */

const MAX_MESSAGES = 100;
const MAX_BYTES = 4_194_304;

/** Where a payload is too long to look for numbers in it at each message. */
const MAX_NUMBERS = 16_384;

export class Watch {
  /** The newest first. @type {Message[]} */
  history = [];
  numbers = new Numbers();
  #bytes = 0;

  /** @param {string} topicName */
  constructor(topicName) {
    this.topicName = topicName;
  }

  get newest() {
    return this.history[0];
  }

  /** @param {readonly Message[]} messages the oldest first */
  add(messages) {
    if (messages.length === 0) return;
    for (const message of messages) this.#addNumbers(message);
    this.history = [...messages.toReversed(), ...this.history];
    this.#bytes = this.history.reduce((sum, { payload }) => sum + (payload?.length ?? 0), 0);
    while (
      this.history.length > MAX_MESSAGES || (this.#bytes > MAX_BYTES && this.history.length > 1)
    ) {
      this.#bytes -= this.history.pop()?.payload?.length ?? 0;
    }
  }

  /** @param {Message} message */
  #addNumbers(message) {
    const { payload, at } = message;
    if (payload === null || at === null || !isWhole(message) || payload.length > MAX_NUMBERS) {
      return;
    }
    this.numbers.add(textOf(payload), at);
  }
}
