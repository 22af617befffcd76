/**
 * Midge's public door: everything an embedder or a plugin needs, and nothing else.
 *
 * @module
 */
export { Broker } from "./lib/broker/broker.ts";
export { definePlugin } from "./lib/plugin/define.ts";
export type * from "./lib/plugin/types.ts";
export type * from "./lib/wire/packets.ts";
export { ConfigError } from "./lib/config/error.ts";
export type { BrokerOptions, ListenerOptions, PluginsOption } from "./lib/config/types.ts";
export {
  filterCovers,
  filterMatches,
  filtersIntersect,
  topicFilterProblem,
} from "./lib/topic/filter.ts";
export {
  isSupportedHash,
  parseStoredHash,
  slowHashWarning,
  type StoredHash,
  UnsupportedHashError,
} from "./lib/access/password/stored_hash.ts";
export {
  hashPassword,
  type PasswordScheme,
  PasswordVerifier,
  type PasswordVerifierOptions,
  type VerifyOptions,
  verifyPassword,
} from "./lib/access/password/verifier.ts";
export {
  parsePasswordHash,
  type PasswordCheck,
  type StoredPassword,
} from "./lib/access/password/spec.ts";
export {
  durationOption,
  type OptionField,
  optionField,
  optionsOf,
  pathOption,
  switchOption,
} from "./lib/config/plugin_options.ts";
