/**
 * Midge's public door: everything an embedder or a plugin needs, and nothing else.
 *
 * @module
 */
import "./lib/late_modules.ts";
export * from "./sources.ts";
export * from "./plugin.ts";
export { Broker } from "./lib/broker/life/broker.ts";
export type { ReloadResult } from "./lib/broker/face/admin.ts";
export type { ExplainRequest, ImaginedClient } from "./lib/broker/face/explain.ts";
export type { AccessReport, AccessStep, RememberedVerdict } from "./lib/manage/access_report.ts";
export { type ConfigFlags, loadConfig } from "./lib/config/load.ts";
export type { BindAddress } from "./lib/config/bind.ts";
export type { BrokerSource } from "./lib/config/source.ts";
export type {
  AccessConfig,
  AcmeConfig,
  BrokerConfig,
  BrokerOptions,
  CertificateField,
  CertificateFiles,
  CertificateNames,
  DurationText,
  FlappingConfig,
  Limits,
  ListenerConfig,
  ListenerLimits,
  ListenerOptions,
  LogConfig,
  LogLevel,
  ManagementConfig,
  PluginConfig,
  PluginsOption,
  SizeText,
  SocketFileConfig,
  StorageConfig,
  TlsConfig,
  WebSocketConfig,
} from "./lib/config/types.ts";
export type { Ban, BanTarget } from "./lib/bans/ban.ts";
export type { BanRequest, BanResult, BrokerBans } from "./lib/broker/face/bans.ts";
export type { IpAddress, Network } from "./lib/cidr.ts";
export type { Rate } from "./lib/token_bucket.ts";
export { Client } from "./lib/client/client.ts";
export type {
  Abortable,
  ConnectOptions,
  DisconnectOptions,
  MessageOptions,
  PublishOptions,
  StateListener,
  SubscribeOptions,
  UnsubscribeOptions,
} from "./lib/client/options.ts";
export type { Authentication, AuthenticationExchange } from "./lib/client/authentication.ts";
export { scram, type ScramMethod } from "./lib/client/scram.ts";
export { ClientError, type ClientErrorCode } from "./lib/client/errors.ts";
export type { ClientState, LifeError as ClientLifeError } from "./lib/client/life.ts";
export type { ReceivedMessage, ReceivedProperties } from "./lib/client/message.ts";
export type { UserPropertiesOption } from "./lib/client/mqtt5_keys.ts";
export type { PublishResult } from "./lib/client/publishing.ts";
export type { MessageHandler, MessageSelection } from "./lib/client/receivers.ts";
export type { RequestOptions, Responder, ResponseContent } from "./lib/client/request_response.ts";
export type { ServerInfo } from "./lib/client/server_info.ts";
export type {
  ClientConfig,
  ClientOptions,
  ConnectionOptions,
  TopicOptions,
} from "./lib/client/config_types.ts";
export type { BrokerAddress, TlsFiles } from "./lib/net/transport/dial_options.ts";
