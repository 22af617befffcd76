/**
 * The MQTT client: what people use, exported by mod.ts. It puts the parts together (configuration, session,
 * life, plugins) and checks what it is given. Invariant: every promise settles; when the client is closed,
 * no timer, socket or listener is left.
 */
import { loadClientConfig, normalizeClientConfig } from "./config.ts";
import type { ClientConfig, ClientOptions } from "./config_types.ts";
import { loggerFor } from "../log/logger.ts";
import type { OutgoingMessage } from "../plugin/types.ts";
import type { QoS, SubscriptionRequest } from "../wire/packets.ts";
import { SUBSCRIBE_FAILURE } from "../wire/packets.ts";
import { randomClientId } from "./client_id.ts";
import { ClientPlugins } from "./client_plugins.ts";
import { CLIENT_CLOCK, type ClientClock } from "./clock.ts";
import { Connector } from "./connector.ts";
import { ClientError } from "./errors.ts";
import { type ClientState, Life, type LifeError } from "./life.ts";
import type { Link } from "./link.ts";
import { MessageStream } from "./message_stream.ts";
import type { ReceivedMessage } from "./message.ts";
import type { Abortable, PublishOptions, StateListener, SubscribeOptions } from "./options.ts";
import { PublishTopics } from "./publish_topics.ts";
import { CallbackReceiver, checkFilter, type MessageHandler } from "./receivers.ts";
import { ClientSession } from "./session.ts";

const ENCODER = new TextEncoder();

/**
 * A client of any MQTT 3.1.1 broker.
 *
 * ```ts
 * import { Client } from "@midge/midge";
 *
 * await using client = new Client("mqtt://localhost");
 * await client.connect();
 * const messages = client.messages("sensors/#");
 * await client.subscribe("sensors/#", { qos: 1 });
 * await client.publish("sensors/kitchen", "21.5", { qos: 1 });
 * for await (const message of messages) {
 *   console.log(message.topicName, message.text());
 *   break;
 * }
 * ```
 */
export class Client implements AsyncDisposable {
  /** The configuration with its defaults. */
  readonly config: ClientConfig;
  /** As configured, or the random one. */
  readonly clientId: string;
  readonly #clock: ClientClock;
  readonly #logger = loggerFor("client");
  readonly #session: ClientSession;
  readonly #connector: Connector;
  readonly #life: Life;
  readonly #listeners = new Set<StateListener>();
  readonly #topics: PublishTopics;
  readonly #plugins: ClientPlugins;

  /**
   * A client that is not connected yet.
   * @param options a URI, an object as a YAML file has it, or a ready configuration
   * @throws UserError with one line for every problem
   */
  constructor(
    options: string | ClientOptions | { readonly config: ClientConfig } = {},
    clock: ClientClock = CLIENT_CLOCK,
  ) {
    this.config = typeof options === "object" && "config" in options
      ? options.config
      : normalizeClientConfig(options);
    this.clientId = this.config.clientId ?? randomClientId();
    this.#clock = clock;
    this.#topics = new PublishTopics(this.config);
    this.#session = new ClientSession(this.config, clock, (lost, why) => {
      const filters = lost.map(({ topicFilter }) => topicFilter).join(", ");
      this.#logger.error(`not subscribed again to ${filters}: ${why}`);
    });
    this.#connector = new Connector(this.config, this.clientId, clock, this.#session);
    this.#plugins = new ClientPlugins({
      config: this.config,
      traffic: this.#connector.traffic,
      clock,
      startedAt: clock.epoch(),
      isConnected: () => this.state === "connected",
      publish: (message) => this.#publishForPlugin(message),
    }, this.clientId);
    this.#life = new Life({
      config: this.config,
      clock,
      open: (signal) => this.#open(signal),
      stateChanged: (state, error) => this.#stateChanged(state, error),
      ended: (error) => this.#ended(error),
    });
  }

  /** A client of a YAML file's configuration; throws UserError. */
  static async fromFile(file: string): Promise<Client> {
    return new Client({ config: await loadClientConfig(file) });
  }

  /** Where its life is. */
  get state(): ClientState {
    return this.#life.state;
  }

  /** Had the broker kept a session for this client at the last CONNECT? */
  get sessionPresent(): boolean {
    return this.#life.sessionPresent;
  }

  /** Resolves when the client is closed: with the error, or undefined after `disconnect`. Never rejects. */
  get closed(): Promise<LifeError | undefined> {
    return this.#life.closed;
  }

  /** Topic filters with the QoS that the broker granted. */
  get subscriptions(): ReadonlyMap<string, QoS> {
    return this.#session.requests.subscriptions;
  }

  /** Messages that wait to be sent. */
  get queued(): number {
    return this.#session.outbox.queued;
  }

  /** Calls back at every change of state, until the returned function is called. */
  onStateChange(listener: StateListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Connects; failed attempts are repeated as `reconnect_retries` says. Resolves when the broker has let
   * the client in. A client that is closed may be connected again.
   * @throws ClientError `unreachable`, `refused` or `protocol`; UserError for certificates and plugins
   */
  async connect({ signal }: Abortable = {}): Promise<void> {
    await this.#life.connect(signal);
  }

  /**
   * Publishes. Resolves when the QoS is satisfied: the message is with the network (0), PUBACK (1) or PUBCOMP
   * (2) has come. A caller that awaits it sends as fast as the network takes it; without a connection it waits.
   * @throws RangeError for what is no topic name; ClientError `timeout`, `queue-full`, `session-lost`,
   *   `closed`, or why the client was closed
   */
  publish(
    topicName: string,
    payload: Uint8Array | string = "",
    options: PublishOptions = {},
  ): Promise<void> {
    try {
      this.#checkOpen();
      const topic = this.#topics.get(topicName);
      const { qos = topic.qos, retain = topic.retain } = options;
      const bytes = typeof payload === "string" ? ENCODER.encode(payload) : payload;
      const message = { topic: topic.bytes, payload: bytes, qos: checkQos(qos), retain };
      const done = this.#session.outbox.publish(message, options.signal);
      this.#session.inbox.resume();
      return done;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Subscribes to topic filters; resolves with the granted QoS of each. Messages go to `onMessage` and
   * `messages`, which are best called before. After a reconnection it is repeated where necessary.
   * @throws RangeError for what is no topic filter; ClientError `subscribe-refused`, `timeout`, `closed`
   */
  async subscribe(
    filters: string | readonly (string | SubscriptionRequest)[],
    { qos = 0, signal }: SubscribeOptions = {},
  ): Promise<QoS[]> {
    this.#checkOpen();
    const list = typeof filters === "string" ? [filters] : filters;
    const requests = list.map((one) => typeof one === "string" ? { topicFilter: one, qos } : one);
    for (const { topicFilter } of requests) checkFilter(topicFilter);
    const answer = this.#session.requests.subscribe(requests, signal);
    this.#session.inbox.resume();
    const codes = await answer;
    const refused = requests.filter((_, index) => codes[index] === SUBSCRIBE_FAILURE);
    if (refused.length === 0) return codes as QoS[];
    const topicFilters = refused.map(({ topicFilter }) => topicFilter);
    const message = `the broker refused to subscribe to ${topicFilters.join(", ")}`;
    throw new ClientError("subscribe-refused", message, { topicFilters });
  }

  /** Gives subscriptions back; resolves when the broker has acknowledged. */
  async unsubscribe(
    filters: string | readonly string[],
    { signal }: Abortable = {},
  ): Promise<void> {
    this.#checkOpen();
    const list = typeof filters === "string" ? [filters] : [...filters];
    for (const filter of list) checkFilter(filter);
    const answer = this.#session.requests.unsubscribe(list, signal);
    this.#session.inbox.resume();
    await answer;
  }

  /**
   * Calls back with every message whose topic name matches the filter (any message for `undefined`), until
   * the returned function is called. A QoS 1 or 2 message is acknowledged when the promise that the handler
   * returned is settled. What a handler throws is an uncaught error, as in an event listener.
   * @throws RangeError for what is no topic filter
   */
  onMessage(filter: string | undefined, handler: MessageHandler): () => void {
    const { inbox } = this.#session;
    return inbox.add(new CallbackReceiver(filter, handler, inbox));
  }

  /**
   * Messages whose topic name matches the filter (all without one) as an async iterator, collected from
   * now on. A QoS 1 or 2 message is acknowledged when the next one is asked for. The iteration ends when
   * the client is disconnected, and throws when it was closed by an error or the signal fires. While many
   * bytes wait (`max_read_backlog`) the client stops reading, so leave it (`break`, `return`) when done.
   * @throws RangeError for what is no topic filter
   */
  messages(
    filter?: string,
    { signal }: Abortable = {},
  ): AsyncIterableIterator<ReceivedMessage> & AsyncDisposable {
    const { inbox } = this.#session;
    const stream = new MessageStream(filter, inbox, signal);
    stream.onStop(inbox.add(stream));
    return stream;
  }

  /** Sends PINGREQ; resolves with the milliseconds that PINGRESP took. */
  async ping({ signal }: Abortable = {}): Promise<number> {
    this.#checkOpen();
    const since = this.#clock.now();
    const answer = this.#session.requests.ping(signal);
    this.#session.inbox.resume();
    await answer;
    return this.#clock.now() - since;
  }

  /**
   * Disconnects: finishes what is under way, unless the signal fires; sends DISCONNECT, so that the will is
   * not published; closes. Can be called at any time and again. Never rejects.
   */
  async disconnect({ signal }: Abortable = {}): Promise<void> {
    this.#session.inbox.resume();
    await this.#life.disconnect(() => this.#session.outbox.whenIdle(), signal);
  }

  /** The same as `disconnect`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.disconnect();
  }

  #checkOpen(): void {
    const { state } = this.#life;
    if (state === "new") throw new ClientError("closed", "connect() has not been called");
    if (state === "closed" || state === "disconnecting") {
      throw new ClientError("closed", `the client is ${state}`);
    }
  }

  async #open(signal: AbortSignal): Promise<Link> {
    await this.#plugins.load();
    return await this.#connector.open(this.#plugins, signal);
  }

  #publishForPlugin({ topicName, payload, qos = 0, retain = false }: OutgoingMessage): void {
    this.publish(topicName, payload, { qos, retain }).catch((error: Error) => {
      this.#logger.error(`a plugin's message to ${topicName} was not published: ${error.message}`);
    });
  }

  #stateChanged(state: ClientState, error: LifeError | undefined): void {
    if (error !== undefined && state !== "closed") {
      this.#logger.warn(`${error.message}; trying again`, { client: this.clientId });
    }
    for (const listener of this.#listeners) {
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
    this.#session.end(reason, error === undefined ? undefined : reason);
    await this.#plugins.dispose();
  }
}

function checkQos(qos: QoS): QoS {
  if (qos !== 0 && qos !== 1 && qos !== 2) throw new RangeError(`QoS ${qos} is not 0, 1 or 2`);
  return qos;
}
