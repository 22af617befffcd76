// @ts-check
/**
 * The topics as the page follows them: connection, filters, the tree, the chosen topic. Invariants: what comes is applied
 * between frames, for a few milliseconds at a time; drawing follows ten times a second at most; nothing goes on after
 * `stop`.
 */
import { MqttClient } from "../../mqtt.js";
import { Store } from "../../store.js";
import { keptMessage, MAX_PAYLOAD } from "./message.js";
import { Pending } from "./pending.js";
import { Tree } from "./tree.js";
import { Watch } from "./watch.js";

/**
 * @typedef {import("./address.js").Filter} Filter
 * @typedef {Filter & { state: "asked" | "granted" | "denied", text: string }} FilterState
 * @typedef {import("../../mqtt.js").State} State
 */

const DRAW_MS = 100;
const BUDGET_MS = 8;
/** Of a message of the chosen topic. */
const MAX_CHOSEN_PAYLOAD = 4_194_304;
/** Topics that were chosen last go on being kept. */
const MAX_WATCHES = 8;

export class TopicBrowser {
  tree = new Tree();
  /** Of the chosen topic. @type {Watch | undefined} */
  watch;
  /** The one that was chosen last stands last. @type {Map<string, Watch>} */
  #watches = new Map();
  /** Raised when there is something new to draw. */
  version = new Store(0);
  filters = new Store(/** @type {FilterState[]} */ ([]));
  state = new Store(
    /** @type {State} */ ({ kind: "stopped", reason: "", wasOpen: true }),
  );
  isPaused = new Store(false);
  #pending = new Pending();
  #client;
  #isStopped = false;
  #isScheduled = false;
  #drawnAt = 0;

  /** @param {{ open: () => import("../../mqtt/connection.js").Socket }} options */
  constructor({ open }) {
    this.#client = new MqttClient({
      open,
      onState: (state) => this.#enter(state),
      onMessage: (message) => this.#take(message),
      onSubscribed: (outcomes) => this.#judge(outcomes),
    });
  }

  get clientId() {
    return this.#client.clientId;
  }

  /** Topics that wait to be applied. */
  get waiting() {
    return this.#pending.size;
  }

  /** Messages for which there was no room, here or in the tree. */
  get lost() {
    return this.#pending.lost + this.tree.leftOut;
  }

  start() {
    this.#client.start();
  }

  stop() {
    this.#isStopped = true;
    this.#client.stop();
  }

  /** Connects now, where there is a pause before the next attempt. */
  hurry() {
    this.#client.hurry();
  }

  /** @param {import("../../mqtt/encode.js").Publish} message */
  publish(message) {
    return this.#client.publish(message);
  }

  /** Subscribes to these, and to no others. @param {readonly Filter[]} filters */
  follow(filters) {
    const isIn = (
      /** @type {readonly Filter[]} */ list,
      /** @type {Filter} */ { topicFilter, qos },
    ) => list.some((one) => one.topicFilter === topicFilter && one.qos === qos);
    const before = this.filters.value;
    const gone = before.filter((one) =>
      !filters.some(({ topicFilter }) => topicFilter === one.topicFilter)
    );
    const fresh = filters.filter((one) => !isIn(before, one));
    this.filters.value = filters.map((one) =>
      before.find((old) => isIn([old], one)) ?? { ...one, state: "asked", text: "" }
    );
    this.#client.unsubscribe(gone.map(({ topicFilter }) => topicFilter));
    if (fresh.length > 0) {
      this.#client.subscribe(fresh.map((one) => ({ ...one, retainAsPublished: true })));
    }
  }

  /** Keeps the last messages of a topic from now on; empty: none is chosen. @param {string} topicName */
  choose(topicName) {
    if ((this.watch?.topicName ?? "") === topicName) return;
    this.watch = topicName === "" ? undefined : this.#watchOf(topicName);
    this.#changed();
  }

  /** @param {string} topicName */
  #watchOf(topicName) {
    const watch = this.#watches.get(topicName) ?? this.#newWatch(topicName);
    this.#watches.delete(topicName);
    this.#watches.set(topicName, watch);
    const [oldest] = this.#watches.keys();
    if (this.#watches.size > MAX_WATCHES && oldest !== undefined) this.#watches.delete(oldest);
    return watch;
  }

  /** @param {string} topicName */
  #newWatch(topicName) {
    const watch = new Watch(topicName);
    const last = this.tree.get(topicName)?.last;
    if (last !== undefined) watch.add([last]);
    return watch;
  }

  /** @param {boolean} isPaused */
  pause(isPaused) {
    this.isPaused.value = isPaused;
    this.#changed();
  }

  /**
   * Topics that the API knows; those that the page has seen itself stay as they are.
   * @param {readonly import("./api_topics.js").Known[]} topics
   */
  know(topics) {
    for (const { message, isRetained } of topics) this.tree.know(message, isRetained);
    this.#changed();
  }

  /** Something of the tree was changed from outside. */
  touch() {
    this.#changed();
  }

  /** Without a connection nothing is subscribed: all of it is asked for again. @param {State} state */
  #enter(state) {
    if (state.kind === "waiting") {
      this.filters.value = this.filters.value.map((one) => ({ ...one, state: "asked", text: "" }));
    }
    this.state.value = state;
  }

  /** @param {import("../../mqtt/decode.js").Published} published */
  #take(published) {
    const { topicName } = published;
    const max = topicName === this.watch?.topicName ? MAX_CHOSEN_PAYLOAD : MAX_PAYLOAD;
    this.#pending.add(keptMessage(published, Date.now(), max), this.#watches.has(topicName));
    this.#changed();
  }

  /** @param {import("../../mqtt.js").Outcome[]} outcomes */
  #judge(outcomes) {
    this.filters.value = this.filters.value.map((filter) => {
      const outcome = outcomes.find(({ topicFilter }) => topicFilter === filter.topicFilter);
      if (outcome === undefined) return filter;
      return { ...filter, state: outcome.isGranted ? "granted" : "denied", text: outcome.text };
    });
  }

  /** Sees to it that there is a frame, soon. */
  #changed() {
    if (this.#isScheduled || this.#isStopped) return;
    this.#isScheduled = true;
    const pause = Math.max(0, this.#drawnAt + DRAW_MS - performance.now());
    setTimeout(() => requestAnimationFrame(() => this.#frame()), pause);
  }

  #frame() {
    this.#isScheduled = false;
    if (this.#isStopped) return;
    const isDone = this.isPaused.value || this.#apply();
    const now = performance.now();
    const isDue = now - this.#drawnAt >= DRAW_MS;
    if (isDue) {
      this.#drawnAt = now;
      this.version.value++;
    }
    if (isDone && !isDue) this.#changed();
    if (isDone) return;
    this.#isScheduled = true;
    requestAnimationFrame(() => this.#frame());
  }

  /** @returns {boolean} does nothing wait any more? */
  #apply() {
    const until = performance.now() + BUDGET_MS;
    const now = Date.now();
    for (
      const [topicName, messages] of Map.groupBy(
        this.#pending.takeWatched(),
        (message) => message.topicName,
      )
    ) this.#watches.get(topicName)?.add(messages);
    return this.#pending.drain(
      ({ message, count }) => this.tree.take(message, count, now),
      () => performance.now() < until,
    );
  }
}
