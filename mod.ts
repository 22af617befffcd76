/**
 * Midge's public door: everything an embedder or a plugin needs, and nothing else.
 *
 * @module
 */
export * from "./access.ts";
export * from "./plugin.ts";
export { Broker } from "./lib/broker/broker.ts";
export type { BrokerOptions, ListenerOptions, PluginsOption } from "./lib/config/types.ts";
