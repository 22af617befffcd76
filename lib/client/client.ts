/**
 * The MQTT client: what people use, exported by mod.ts. It puts the parts together (configuration, session,
 * life, plugins) and checks what it is given. Invariant: every promise settles; when the client is closed,
 * no timer, socket or listener is left.
 */
import { loadClientConfig, normalizeClientConfig } from "./config.ts";
import type { ClientConfig, ClientOptions } from "./config_types.ts";
import type { ReasonCode } from "../wire/codes.ts";
import type { QoS, SubscriptionRequest } from "../wire/packets.ts";
import { givenBackOf, grantedOf } from "./answers.ts";
import type { Authentication } from "./authentication.ts";
import { ClientCore } from "./client_core.ts";
import { CLIENT_CLOCK, type ClientClock } from "./clock.ts";
import { ClientError } from "./errors.ts";
import type { ClientState, LifeError } from "./life.ts";
import { MessageStream } from "./message_stream.ts";
import type { ReceivedMessage } from "./message.ts";
import type {
  Abortable,
  ConnectOptions,
  DisconnectOptions,
  PublishOptions,
  StateListener,
  SubscribeOptions,
  UnsubscribeOptions,
} from "./options.ts";
import {
  disconnectFrame,
  need5,
  subscribeRequest,
  unsubscribeProperties,
} from "./packet_options.ts";
import type { PublishResult } from "./publishing.ts";
import {
  CallbackReceiver,
  checkFilter,
  type MessageHandler,
  type MessageSelection,
} from "./receivers.ts";
import { Requester, type RequestOptions, type Responder, respondTo } from "./request_response.ts";
import type { ServerInfo } from "./server_info.ts";
import type { ClientSession } from "./session.ts";

/**
 * A client of any broker of MQTT 3.1.1 or 5.
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
  readonly #core: ClientCore;
  readonly #session: ClientSession;
  readonly #requester: Requester;

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
    this.#requester = new Requester(this, clock);
    this.#core = new ClientCore(this.config, clock, {
      publish: ({ topicName, payload, qos = 0, retain = false, properties }) => {
        const own = this.config.protocolLevel === 5 ? properties : undefined;
        return this.publish(topicName, payload, { ...own, qos, retain });
      },
      ended: (reason) => this.#requester.end(reason),
    });
    this.#session = this.#core.session;
  }

  /** A client of a YAML file's configuration; throws UserError. */
  static async fromFile(file: string): Promise<Client> {
    return new Client({ config: await loadClientConfig(file) });
  }

  /** As configured, random, or as the broker has chosen it. */
  get clientId(): string {
    return this.#core.connector.clientId;
  }

  /** What the broker has said of itself when it let the client in last; undefined before that. */
  get server(): ServerInfo | undefined {
    return this.#core.connector.server;
  }

  /** Where its life is. */
  get state(): ClientState {
    return this.#core.life.state;
  }

  /** Had the broker kept a session for this client at the last CONNECT? */
  get sessionPresent(): boolean {
    return this.#core.life.sessionPresent;
  }

  /** Resolves when the client is closed: with the error, or undefined after `disconnect`. Never rejects. */
  get closed(): Promise<LifeError | undefined> {
    return this.#core.life.closed;
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
    this.#core.listeners.add(listener);
    return () => void this.#core.listeners.delete(listener);
  }

  /**
   * Connects; failed attempts are repeated as `reconnect_retries` says. Resolves when the broker has let
   * the client in. A client that is closed may be connected again.
   * @throws ClientError `unreachable`, `refused`, `authentication` or `protocol`; UserError for certificates and plugins
   */
  async connect({ signal, authentication }: ConnectOptions = {}): Promise<void> {
    if (authentication !== undefined) need5(this.config.protocolLevel, "authentication");
    if (this.state === "new" || this.state === "closed") this.#core.connector.begin(authentication);
    await this.#core.life.connect(signal);
  }

  /**
   * Publishes. Resolves when the QoS is satisfied: the message is with the network (0), PUBACK (1) or PUBCOMP
   * (2) has come. A caller that awaits it sends as fast as the network takes it; without a connection it waits.
   * With MQTT 5 the result tells whether there was a subscriber.
   * @throws RangeError for what is no topic name; ClientError `timeout`, `queue-full`, `session-lost`, `publish-refused`,
   *   `too-large`, `unsupported`, `expired`, `closed`, or why the client was closed
   */
  publish(
    topicName: string,
    payload: Uint8Array | string = "",
    options: PublishOptions = {},
  ): Promise<PublishResult> {
    return this.#core.publish(topicName, payload, options);
  }

  /**
   * Subscribes to topic filters; resolves with the granted QoS of each. Messages go to `onMessage` and
   * `messages`, which are best called before. After a reconnection it is repeated where necessary.
   * @throws RangeError for what is no topic filter; ClientError `subscribe-refused`, `timeout`, `closed`
   */
  async subscribe(
    filters: string | readonly (string | SubscriptionRequest)[],
    options: SubscribeOptions = {},
  ): Promise<QoS[]> {
    this.#core.checkOpen();
    const list = typeof filters === "string" ? [filters] : filters;
    const { requests, properties } = subscribeRequest(list, options, this.config.protocolLevel);
    for (const { topicFilter } of requests) checkFilter(topicFilter);
    const answer = this.#session.requests.subscribe(requests, options.signal, properties);
    this.#session.inbox.resume();
    return grantedOf(requests, await answer);
  }

  /**
   * Gives subscriptions back; resolves when the broker has acknowledged. With MQTT 5 the result has a code for each
   * filter: 0, or 0x11 where there was no such subscription.
   * @throws ClientError `unsubscribe-refused`, `timeout`, `closed`
   */
  async unsubscribe(
    filters: string | readonly string[],
    options: UnsubscribeOptions = {},
  ): Promise<ReasonCode[]> {
    this.#core.checkOpen();
    const list = typeof filters === "string" ? [filters] : [...filters];
    for (const filter of list) checkFilter(filter);
    const properties = unsubscribeProperties(options, this.config.protocolLevel);
    const answer = this.#session.requests.unsubscribe(list, options.signal, properties);
    this.#session.inbox.resume();
    return givenBackOf(list, await answer);
  }

  /**
   * Calls back with every message whose topic name matches the filter (any message for `undefined`; with MQTT 5 also
   * those of a subscription by its identifier), until the returned function is called. A QoS 1 or 2 message is acknowledged when the promise that the handler
   * returned is settled. What a handler throws is an uncaught error, as in an event listener.
   * @throws RangeError for what is no topic filter
   */
  onMessage(selection: MessageSelection, handler: MessageHandler): () => void {
    const { inbox } = this.#session;
    return inbox.add(new CallbackReceiver(selection, handler, inbox));
  }

  /**
   * Messages whose topic name matches the filter (all without one) as an async iterator, collected from
   * now on. A QoS 1 or 2 message is acknowledged when the next one is asked for. The iteration ends when
   * the client is disconnected, and throws when it was closed by an error or the signal fires. While many
   * bytes wait (`max_read_backlog`) the client stops reading, so leave it (`break`, `return`) when done.
   * @throws RangeError for what is no topic filter
   */
  messages(
    selection?: MessageSelection,
    { signal }: Abortable = {},
  ): AsyncIterableIterator<ReceivedMessage> & AsyncDisposable {
    const { inbox } = this.#session;
    const stream = new MessageStream(selection, inbox, signal);
    stream.onStop(inbox.add(stream));
    return stream;
  }

  /** Sends PINGREQ; resolves with the milliseconds that PINGRESP took. */
  async ping({ signal }: Abortable = {}): Promise<number> {
    this.#core.checkOpen();
    const since = this.#core.clock.now();
    const answer = this.#session.requests.ping(signal);
    this.#session.inbox.resume();
    await answer;
    return this.#core.clock.now() - since;
  }

  /**
   * Asks and resolves with the answer: publishes with a response topic of this client's own and correlation data.
   * @throws ClientError `timeout`, `publish-refused` (0x10: no one is there to answer), and what `publish` throws
   */
  async request(
    topicName: string,
    payload: Uint8Array | string = "",
    options: RequestOptions = {},
  ): Promise<ReceivedMessage> {
    need5(this.config.protocolLevel, "request()");
    this.#core.checkOpen();
    return await this.#requester.request(topicName, payload, options);
  }

  /**
   * Subscribes, and answers every message that has a response topic with what the responder returns.
   * @returns ends it: gives the subscription back
   */
  async respond(
    filter: string,
    responder: Responder,
    { qos = 0, signal }: SubscribeOptions = {},
  ): Promise<() => Promise<void>> {
    need5(this.config.protocolLevel, "respond()");
    return await respondTo(this, filter, responder, { qos, signal });
  }

  /**
   * Authenticates once more on the present connection, by the same method.
   * @throws ClientError `authentication`, `closed`, or why the connection ended
   */
  async reauthenticate({ signal, authentication }: ConnectOptions = {}): Promise<void> {
    const { link } = this.#core.life;
    const how: Authentication | undefined = authentication ?? this.#core.connector.authentication;
    if (link === undefined) throw new ClientError("closed", "not connected");
    if (how === undefined) throw new ClientError("authentication", "connected without a method");
    await link.reauthenticate(how, signal);
  }

  /**
   * Disconnects: finishes what is under way, unless the signal fires; sends DISCONNECT, so that the will is not
   * published (reason code 4: it is); closes. Can be called at any time and again.
   * @throws RangeError for what DISCONNECT cannot carry; else it never rejects
   */
  async disconnect(options: DisconnectOptions = {}): Promise<void> {
    const { protocolLevel, connectProperties } = this.config;
    const canKeep = (connectProperties.sessionExpiryInterval ?? 0) > 0;
    const largest = this.server?.maximumPacketSize ?? Infinity;
    const packet = disconnectFrame(options, protocolLevel, canKeep, largest);
    this.#session.inbox.resume();
    await this.#core.life.disconnect(() => this.#session.outbox.whenIdle(), options.signal, packet);
  }

  /** The same as `disconnect`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.disconnect();
  }
}
