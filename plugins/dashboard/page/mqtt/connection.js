// @ts-check
/**
 * One connection of MQTT 5 over a WebSocket, from CONNECT to its end. Invariants: `onEnd` is called exactly once, with a
 * reason for people; each question that waits then fails with it; a message at QoS 2 is handed on once.
 */
import { Decoder } from "./decode.js";
import {
  encodeAck,
  encodeConnect,
  encodeDisconnect,
  encodePing,
  encodePublish,
  encodeSubscribe,
  encodeUnsubscribe,
} from "./encode.js";
import { isFailure, reasonText } from "./reasons.js";

/**
 * @typedef {import("./decode.js").Packet} Packet
 * @typedef {import("./decode.js").Published} Published
 * @typedef {import("./properties.js").Properties} Properties
 * @typedef {{ send(bytes: Uint8Array<ArrayBuffer>): void } & Pick<WebSocket, "close" | "binaryType" | "bufferedAmount" | "onopen" | "onmessage" | "onclose">} Socket
 * @typedef {{ clientId: string, keepAlive: number, maxPacketSize: number }} Options keepAlive in seconds
 * @typedef {object} Handlers
 * @property {(properties: Properties) => void} onConnected
 * @property {(message: Published) => void} onMessage its payload is a view that is not changed afterwards
 * @property {(reason: string, wasOpen: boolean) => void} onEnd `wasOpen`: the server accepted the WebSocket
 * @typedef {{ resolve: (packet: any) => void, reject: (error: Error) => void }} Waiting
 */

const TOPIC_ALIASES = 64;
const RECEIVE_MAXIMUM = 256;
/** What the browser may hold of ours that the network has not taken. */
const MAX_UNSENT = 8_388_608;

export class Connection {
  #socket;
  #options;
  #handlers;
  #decoder;
  /** @type {Properties | undefined} undefined: not connected */
  #server;
  /** @type {Map<number, Waiting>} by packet identifier */
  #waiting = new Map();
  /** @type {Map<number, string>} */
  #aliases = new Map();
  /** Messages at QoS 2 that were handed on and are not released. @type {Set<number>} */
  #received = new Set();
  #lastPacketId = 0;
  #isOpen = false;
  #isOver = false;
  #isAnswered = true;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #pinging;

  /** @param {Socket} socket @param {Options} options @param {Handlers} handlers */
  constructor(socket, options, handlers) {
    this.#socket = socket;
    this.#options = options;
    this.#handlers = handlers;
    this.#decoder = new Decoder(options.maxPacketSize);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#open();
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = ({ code, reason }) =>
      this.#end(reason || `the connection was closed (${code})`);
  }

  /** @param {readonly import("./encode.js").Subscription[]} subscriptions @returns {Promise<import("./decode.js").Answer>} */
  subscribe(subscriptions) {
    return this.#ask((packetId) => encodeSubscribe(packetId, subscriptions));
  }

  /** @param {readonly string[]} topicFilters @returns {Promise<import("./decode.js").Answer>} */
  unsubscribe(topicFilters) {
    return this.#ask((packetId) => encodeUnsubscribe(packetId, topicFilters));
  }

  /**
   * @param {import("./encode.js").Publish} message
   * @returns {Promise<{ reasonCode: number, properties: Properties }>} at QoS 0 as soon as it is handed to the browser
   * @throws {Error} it is more than the server takes
   */
  async publish(message) {
    const { qos = 0 } = message;
    const server = this.#connected();
    if (qos > (server.maximumQos ?? 2)) {
      throw new Error(`The broker takes QoS ${server.maximumQos} at most.`);
    }
    if (message.retain && server.retainAvailable === false) {
      throw new Error("The broker keeps no retained messages.");
    }
    if (qos > 0) return await this.#ask((packetId) => encodePublish({ ...message, packetId }));
    this.#send(encodePublish(message));
    return { reasonCode: 0, properties: {} };
  }

  /** Says goodbye. */
  close() {
    if (this.#server !== undefined) this.#socket.send(encodeDisconnect());
    this.#end("closed");
  }

  #open() {
    this.#isOpen = true;
    const { clientId, keepAlive, maxPacketSize: maximumPacketSize } = this.#options;
    const properties = {
      maximumPacketSize,
      receiveMaximum: RECEIVE_MAXIMUM,
      topicAliasMaximum: TOPIC_ALIASES,
    };
    this.#socket.send(encodeConnect({ clientId, keepAlive, properties }));
  }

  #connected() {
    if (this.#server === undefined) throw new Error("There is no connection to the broker.");
    return this.#server;
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  #send(bytes) {
    const most = this.#connected().maximumPacketSize ?? Infinity;
    if (bytes.length > most) {
      throw new Error(
        `The broker takes packets of ${most} bytes at most; this has ${bytes.length}.`,
      );
    }
    if (this.#socket.bufferedAmount + bytes.length > MAX_UNSENT) {
      throw new Error("The broker takes nothing at the moment: too much is on its way.");
    }
    this.#socket.send(bytes);
  }

  /** @param {(packetId: number) => Uint8Array<ArrayBuffer>} encode @returns {Promise<any>} */
  #ask(encode) {
    return new Promise((resolve, reject) => {
      const most = this.#connected().receiveMaximum ?? 65_535;
      if (this.#waiting.size >= most) throw new Error("Too many messages wait for an answer.");
      const packetId = this.#freeId();
      this.#send(encode(packetId));
      this.#waiting.set(packetId, { resolve, reject });
    });
  }

  #freeId() {
    do this.#lastPacketId = this.#lastPacketId % 65_535 + 1; while (
      this.#waiting.has(this.#lastPacketId)
    );
    return this.#lastPacketId;
  }

  /** @param {unknown} data */
  #take(data) {
    if (this.#isOver) return;
    try {
      if (!(data instanceof ArrayBuffer)) throw new Error("a text frame");
      for (const packet of this.#decoder.push(new Uint8Array(data))) {
        if (!this.#isOver) this.#handle(packet);
      }
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.#socket.send(encodeDisconnect(0x81));
      this.#end(`the broker sent what is no MQTT 5: ${text}`);
    }
  }

  /** @param {Packet} packet */
  #handle(packet) {
    this.#isAnswered = true;
    switch (packet.type) {
      case "connack":
        return this.#welcome(packet);
      case "publish":
        return this.#deliver(packet);
      case "pubrel":
        this.#received.delete(packet.packetId);
        return this.#socket.send(encodeAck("pubcomp", packet.packetId));
      case "pubrec":
        if (!isFailure(packet.reasonCode)) {
          return this.#socket.send(encodeAck("pubrel", packet.packetId));
        }
        return this.#answer(packet);
      case "puback":
      case "pubcomp":
      case "suback":
      case "unsuback":
        return this.#answer(packet);
      case "disconnect":
      case "auth":
        return this.#end(reasonText(packet.reasonCode, packet.properties));
    }
  }

  /** @param {import("./decode.js").Connack} packet */
  #welcome({ reasonCode, properties }) {
    if (isFailure(reasonCode)) return this.#end(reasonText(reasonCode, properties));
    this.#server = properties;
    const seconds = properties.serverKeepAlive ?? this.#options.keepAlive;
    if (seconds > 0) this.#pinging = setInterval(() => this.#ping(), seconds * 1_000);
    this.#handlers.onConnected(properties);
  }

  #ping() {
    if (!this.#isAnswered) return this.#end("the broker does not answer any more");
    this.#isAnswered = false;
    this.#socket.send(encodePing());
  }

  /** @param {Published} message */
  #deliver(message) {
    const { qos, packetId } = message;
    const topicName = this.#nameOf(message);
    if (qos === 1) this.#socket.send(encodeAck("puback", packetId));
    if (qos === 2) this.#socket.send(encodeAck("pubrec", packetId));
    if (qos === 2 && this.#received.has(packetId)) return;
    if (qos === 2) this.#received.add(packetId);
    this.#handlers.onMessage({ ...message, topicName });
  }

  /** @param {Published} message */
  #nameOf({ topicName, properties: { topicAlias } }) {
    if (topicAlias === undefined) return topicName;
    if (topicAlias === 0 || topicAlias > TOPIC_ALIASES) throw new Error("a bad topic alias");
    if (topicName !== "") this.#aliases.set(topicAlias, topicName);
    const known = this.#aliases.get(topicAlias);
    if (known === undefined) throw new Error("a topic alias that stands for nothing");
    return known;
  }

  /** @param {{ packetId: number }} packet */
  #answer(packet) {
    const waiting = this.#waiting.get(packet.packetId);
    this.#waiting.delete(packet.packetId);
    waiting?.resolve(packet);
  }

  /** @param {string} reason */
  #end(reason) {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#server = undefined;
    clearInterval(this.#pinging);
    this.#socket.close();
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
    this.#handlers.onEnd(reason, this.#isOpen);
  }
}
