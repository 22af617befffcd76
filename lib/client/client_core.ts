/**
 * The parts of one client put together: session, connections, life, plugins. What client.ts shows to people stands on
 * it. Invariant: when the life ends, every part has been told why.
 */
import { loggerFor } from "../log/logger.ts";
import type { OutgoingMessage } from "../plugin/types.ts";
import { randomClientId } from "./client_id.ts";
import { ClientPlugins } from "./client_plugins.ts";
import type { ClientClock } from "./clock.ts";
import type { ClientConfig } from "./config_types.ts";
import { Connector } from "./connector.ts";
import { ClientError } from "./errors.ts";
import { type ClientState, Life, type LifeError } from "./life.ts";
import type { Link } from "./link.ts";
import type { PublishOptions, StateListener } from "./options.ts";
import { messageProperties } from "./packet_options.ts";
import { PublishTopics } from "./publish_topics.ts";
import type { PublishResult } from "./publishing.ts";
import { ClientSession } from "./session.ts";
import { checkQos } from "../wire/writer.ts";

const ENCODER = new TextEncoder();

/** What the parts ask of the client that they are of. */
export interface CoreOwner {
  /** A plugin publishes. */
  publish(message: OutgoingMessage): Promise<unknown>;
  /** Nothing goes on any more. */
  ended(reason: ClientError): void;
}

/** One client's parts. */
export class ClientCore {
  readonly config: ClientConfig;
  readonly clock: ClientClock;
  readonly session: ClientSession;
  readonly connector: Connector;
  readonly life: Life;
  readonly listeners = new Set<StateListener>();
  readonly #logger = loggerFor("client");
  readonly #owner: CoreOwner;
  readonly #topics: PublishTopics;
  readonly #plugins: ClientPlugins;

  constructor(config: ClientConfig, clock: ClientClock, owner: CoreOwner) {
    this.config = config;
    this.clock = clock;
    this.#owner = owner;
    this.#topics = new PublishTopics(config);
    const clientId = config.clientId ?? randomClientId();
    this.session = new ClientSession(config, clock, (lost, why) => {
      const filters = lost.map(({ topicFilter }) => topicFilter).join(", ");
      this.#logger.error(`not subscribed again to ${filters}: ${why}`);
    });
    this.connector = new Connector(config, clientId, clock, this.session);
    this.#plugins = new ClientPlugins({
      config,
      traffic: this.connector.traffic,
      clock,
      startedAt: clock.epoch(),
      isConnected: () => this.life.state === "connected",
      publish: (message) => this.#publishForPlugin(message),
    }, clientId);
    this.life = new Life({
      config,
      clock,
      open: (signal) => this.#open(signal),
      stateChanged: (state, error) => this.#stateChanged(state, error),
      ended: (error) => this.#ended(error),
    });
  }

  /** See Client.publish. */
  publish(
    topicName: string,
    payload: Uint8Array | string,
    options: PublishOptions,
  ): Promise<PublishResult> {
    try {
      this.checkOpen();
      const topic = this.#topics.get(topicName);
      const { qos = topic.qos, retain = topic.retain, signal } = options;
      const bytes = typeof payload === "string" ? ENCODER.encode(payload) : payload;
      const properties = messageProperties(options, this.config.protocolLevel);
      const done = this.session.outbox.publish({
        topic: topic.bytes,
        payload: bytes,
        qos: checkQos(qos),
        retain,
        properties,
      }, signal);
      this.session.inbox.resume();
      return done;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Throws ClientError `closed` where nothing can be asked of the client. */
  checkOpen(): void {
    const { state } = this.life;
    if (state === "new") throw new ClientError("closed", "connect() has not been called");
    if (state === "closed" || state === "disconnecting") {
      throw new ClientError("closed", `the client is ${state}`);
    }
  }

  async #open(signal: AbortSignal): Promise<Link> {
    await this.#plugins.load();
    return await this.connector.open(this.#plugins, signal);
  }

  #publishForPlugin(message: OutgoingMessage): void {
    this.#owner.publish(message).catch((error: Error) => {
      const { topicName } = message;
      this.#logger.error(`a plugin's message to ${topicName} was not published: ${error.message}`);
    });
  }

  #stateChanged(state: ClientState, error: LifeError | undefined): void {
    if (error !== undefined && state !== "closed") {
      this.#logger.warn(`${error.message}; trying again`, { client: this.connector.clientId });
    }
    for (const listener of this.listeners) {
      try {
        listener(state, error);
      } catch (thrown) {
        reportError(thrown);
      }
    }
  }

  async #ended(error: LifeError | undefined): Promise<void> {
    const reason = error === undefined
      ? new ClientError("closed", "the client was disconnected")
      : error instanceof ClientError
      ? error
      : new ClientError("closed", error.message, { cause: error });
    this.#owner.ended(reason);
    this.session.end(reason, error === undefined ? undefined : reason);
    await this.#plugins.dispose();
  }
}
