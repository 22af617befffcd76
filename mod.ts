/**
 * Midge's public door: everything an embedder or a plugin needs, and nothing else.
 *
 * @module
 */
export * from "./sources.ts";
export * from "./plugin.ts";
export { Broker } from "./lib/broker/life/broker.ts";
export type { ReloadResult } from "./lib/broker/face/commands.ts";
export type { AnswerKind } from "./lib/access/chain/counters.ts";
export type { Step as AccessStep } from "./lib/access/chain/walk.ts";
export type {
  AccessReport,
  ExplainRequest,
  ImaginedClient,
  RememberedVerdict,
} from "./lib/broker/face/explain.ts";
export type {
  AccessConfig,
  BrokerConfig,
  BrokerOptions,
  DurationText,
  Limits,
  ListenerConfig,
  ListenerOptions,
  LogLevel,
  ManagementConfig,
  PluginConfig,
  PluginsOption,
  SizeText,
} from "./lib/config/types.ts";
export { Client } from "./lib/client/client.ts";
export type {
  Abortable,
  PublishOptions,
  StateListener,
  SubscribeOptions,
} from "./lib/client/options.ts";
export { ClientError, type ClientErrorCode } from "./lib/client/errors.ts";
export type { ClientState, LifeError as ClientLifeError } from "./lib/client/life.ts";
export type { ReceivedMessage } from "./lib/client/message.ts";
export type { MessageHandler } from "./lib/client/receivers.ts";
export type {
  ClientConfig,
  ClientOptions,
  ConnectionOptions,
  Endpoint as ClientEndpoint,
  TlsConfig as ClientTlsConfig,
  TopicOptions,
} from "./lib/client/config_types.ts";
