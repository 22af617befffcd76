// @ts-check
/**
 * A client of MQTT 5 that stays: it connects again with a growing pause, and subscribes again to what was asked for.
 * Invariants: one connection at a time; subscriptions that are wanted outlive connections; after `stop` nothing happens
 * any more.
 */
import { Connection } from "./mqtt/connection.js";
import { isFailure, reasonText } from "./mqtt/reasons.js";

/**
 * @typedef {import("./mqtt/encode.js").Subscription} Subscription
 * @typedef {import("./mqtt/decode.js").Published} Published
 * @typedef {{ kind: "connecting" | "connected" | "waiting" | "stopped", reason: string, wasOpen: boolean }} State
 *   `reason`: why there is no connection; `wasOpen`: the server accepted the last WebSocket
 * @typedef {{ topicFilter: string, isGranted: boolean, qos: number, text: string }} Outcome of a subscription
 * @typedef {object} ClientOptions
 * @property {() => import("./mqtt/connection.js").Socket} open a new WebSocket with the subprotocol `mqtt`
 * @property {string} [clientId]
 * @property {number} [keepAlive] seconds
 * @property {number} [maxPacketSize] bytes; the broker sends nothing larger
 * @property {(state: State) => void} onState
 * @property {(message: Published) => void} onMessage
 * @property {(outcomes: Outcome[]) => void} onSubscribed
 */

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const KEEP_ALIVE_SECONDS = 30;
const MAX_PACKET_SIZE = 4_194_304;

/** How long to wait before the next attempt. @param {number} failures @param {number} random 0 to 1 */
export function pauseMs(failures, random) {
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
  return Math.round(pause * (0.75 + random / 2));
}

/** `dashboard-` and what no other page has. */
export function newClientId() {
  const random = crypto.getRandomValues(new Uint8Array(8));
  return `dashboard-${[...random].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** A WebSocket to the broker behind the page. @param {string} [page] its address */
export function openHere(page = location.href) {
  const url = new URL("mqtt", page);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.hash = "";
  return new WebSocket(url, "mqtt");
}

export class MqttClient {
  #options;
  /** @type {Connection | undefined} */
  #connection;
  /** @type {Map<string, Subscription>} */
  #wanted = new Map();
  #failures = 0;
  #isConnected = false;
  #isStopped = true;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {ClientOptions} options */
  constructor(options) {
    this.#options = options;
    this.clientId = options.clientId ?? newClientId();
  }

  start() {
    this.#isStopped = false;
    this.#connect();
  }

  stop() {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#connection?.close();
  }

  /** Connects at once where the client waits. */
  hurry() {
    if (this.#isStopped || this.#connection !== undefined) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  /**
   * Subscribes now, or as soon as there is a connection; `onSubscribed` says what became of it.
   * @param {readonly Subscription[]} subscriptions
   */
  subscribe(subscriptions) {
    for (const one of subscriptions) this.#wanted.set(one.topicFilter, one);
    if (this.#isConnected) this.#ask(subscriptions);
  }

  /** @param {readonly string[]} topicFilters */
  async unsubscribe(topicFilters) {
    for (const topicFilter of topicFilters) this.#wanted.delete(topicFilter);
    if (this.#isConnected && topicFilters.length > 0) {
      await this.#connection?.unsubscribe(topicFilters).catch(() => {}); // it ended with the connection
    }
  }

  /**
   * @param {import("./mqtt/encode.js").Publish} message
   * @returns {Promise<string>} what the broker said to it
   * @throws {Error} the message did not go, or the broker refused it
   */
  async publish(message) {
    if (this.#connection === undefined) throw new Error("There is no connection to the broker.");
    const { reasonCode, properties } = await this.#connection.publish(message);
    const text = reasonText(reasonCode, properties);
    if (isFailure(reasonCode)) throw new Error(`The broker refused the message: ${text}`);
    return text;
  }

  #connect() {
    this.#tell("connecting", "", true);
    const { keepAlive = KEEP_ALIVE_SECONDS, maxPacketSize = MAX_PACKET_SIZE } = this.#options;
    const options = { clientId: this.clientId, keepAlive, maxPacketSize };
    this.#connection = new Connection(this.#options.open(), options, {
      onConnected: () => this.#begin(),
      onMessage: this.#options.onMessage,
      onEnd: (reason, wasOpen) => this.#again(reason, wasOpen),
    });
  }

  #begin() {
    this.#failures = 0;
    this.#isConnected = true;
    this.#tell("connected", "", true);
    this.#ask([...this.#wanted.values()]);
  }

  /** @param {readonly Subscription[]} subscriptions */
  async #ask(subscriptions) {
    if (subscriptions.length === 0) return;
    try {
      const { reasonCodes, properties } =
        /** @type {import("./mqtt/decode.js").Answer} */ (await this.#connection?.subscribe(
          subscriptions,
        ));
      this.#options.onSubscribed(subscriptions.map(({ topicFilter }, index) => {
        const code = reasonCodes[index] ?? 0x80;
        const text = reasonText(code, properties);
        return { topicFilter, isGranted: !isFailure(code), qos: code, text };
      }));
    } catch (error) {
      if (!this.#isConnected) return; // they are asked for again with the next connection
      const text = error instanceof Error ? error.message : String(error);
      this.#options.onSubscribed(
        subscriptions.map(({ topicFilter }) => ({
          topicFilter,
          isGranted: false,
          qos: 0x80,
          text,
        })),
      );
    }
  }

  /** @param {string} reason @param {boolean} wasOpen */
  #again(reason, wasOpen) {
    this.#connection = undefined;
    this.#isConnected = false;
    if (this.#isStopped) return this.#tell("stopped", reason, wasOpen);
    this.#timer = setTimeout(() => this.#connect(), pauseMs(this.#failures++, Math.random()));
    this.#tell("waiting", reason, wasOpen);
  }

  /** @param {State["kind"]} kind @param {string} reason @param {boolean} wasOpen */
  #tell(kind, reason, wasOpen) {
    this.#options.onState({ kind, reason, wasOpen });
  }
}
