// @ts-check
/**
 * Messages that came and are not in the tree yet. Invariants: of each topic only the newest waits, with how many there
 * were; its bytes are bounded, and what is dropped is counted; the topic that is watched loses nothing up to a limit.
 */

/**
 * @typedef {import("./message.js").Message} Message
 * @typedef {{ message: Message, count: number }} Waiting
 */

const MAX_BYTES = 16_777_216;
const MAX_WATCHED = 1_000;
/** What an entry takes beside its payload and its name, about. */
const OVERHEAD = 300;

/** @param {Message} message */
function sizeOf({ payload, topicName }) {
  return (payload?.length ?? 0) + topicName.length * 2 + OVERHEAD;
}

export class Pending {
  /** @type {Map<string, Waiting>} */
  #waiting = new Map();
  #bytes = 0;
  /** @type {Message[]} */
  #watched = [];
  #watchedBytes = 0;
  #maxBytes;
  /** Messages that were lost: of new topics, for which there was no room. */
  lost = 0;
  /** Messages that a newer one of their topic replaced before they were shown. */
  replaced = 0;

  constructor(maxBytes = MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Topics that wait. */
  get size() {
    return this.#waiting.size;
  }

  get bytes() {
    return this.#bytes + this.#watchedBytes;
  }

  /** @param {Message} message @param {boolean} isWatched */
  add(message, isWatched) {
    if (isWatched) this.#watch(message);
    const known = this.#waiting.get(message.topicName);
    const before = known === undefined ? 0 : sizeOf(known.message);
    const after = this.#bytes - before + sizeOf(message);
    if (after > this.#maxBytes) return this.#drop(known);
    this.#bytes = after;
    if (known === undefined) this.#waiting.set(message.topicName, { message, count: 1 });
    else {
      known.message = message;
      known.count++;
      this.replaced++;
    }
  }

  /** It is counted with its topic if that waits; else it is lost. @param {Waiting | undefined} known */
  #drop(known) {
    this.lost++;
    if (known !== undefined) known.count++;
  }

  /** @param {Message} message */
  #watch(message) {
    this.#watched.push(message);
    this.#watchedBytes += sizeOf(message);
    while (this.#watched.length > MAX_WATCHED || this.#watchedBytes > this.#maxBytes) {
      const oldest = this.#watched.shift();
      if (oldest === undefined) return;
      this.#watchedBytes -= sizeOf(oldest);
    }
  }

  /** The messages of the watched topic since the last time. @returns {Message[]} */
  takeWatched() {
    const watched = this.#watched;
    this.#watched = [];
    this.#watchedBytes = 0;
    return watched;
  }

  /**
   * Hands on what waits, the oldest topic first, until there is no more time.
   * @param {(waiting: Waiting) => void} apply
   * @param {() => boolean} hasTime
   * @returns {boolean} is nothing left?
   */
  drain(apply, hasTime) {
    for (const [topicName, waiting] of this.#waiting) {
      if (!hasTime()) return false;
      this.#waiting.delete(topicName);
      this.#bytes -= sizeOf(waiting.message);
      apply(waiting);
    }
    return true;
  }
}
