/**
 * The door for sources of access decisions: rules as data, rule files, password hashes. Apart from plugin.ts so
 * that a broker without such a plugin does not load them.
 *
 * @module
 */
export { HashCosts, isUnusual, type Stopwatch } from "./lib/access/passwords/hash_cost.ts";
export {
  type Argon2Hash,
  isSupportedHash,
  parseStoredHash,
  slowHashWarning,
  type StoredHash,
  UnsupportedHashError,
} from "./lib/access/passwords/stored_hash.ts";
export { hashName, usualScheme } from "./lib/access/passwords/hash_kind.ts";
export { type FileUser, FileUsers, type UserFile } from "./lib/access/passwords/file_users.ts";
export { SCRAM_LINES, scramLines, withDecoyKey } from "./lib/access/passwords/scram_lines.ts";
export { HASH_LINES, type LineKind } from "./lib/access/passwords/user_lines.ts";
export { editFile, type FileEdit, rightToWrite } from "./lib/edited_file.ts";
export {
  hashPassword,
  type PasswordScheme,
  PasswordVerifier,
  type PasswordVerifierOptions,
  type VerifyOptions,
  verifyPassword,
} from "./lib/access/passwords/verifier.ts";
export {
  fromStrictBase64,
  isScramMechanism,
  isScramProof,
  parseScramSecret,
  SCRAM_ITERATIONS,
  SCRAM_MECHANISMS,
  scramHmac,
  scramKeyLength,
  type ScramMechanism,
  type ScramSecret,
  scramSignature,
} from "./lib/access/passwords/scram.ts";
export { saslprep } from "./lib/access/passwords/saslprep.ts";
export { encodeBase64 } from "./lib/encoding.ts";
export { Decoys, NO_PASSWORD } from "./lib/access/passwords/decoys.ts";
export {
  parsePasswordHash,
  type PasswordCheck,
  type StoredPassword,
} from "./lib/access/passwords/spec.ts";
export { parseAclConf } from "./lib/access/rules/acl_conf.ts";
export { parseYamlRules } from "./lib/access/rules/yaml_rules.ts";
export {
  defaultRules,
  parseRuleText,
  readRuleFile,
  readRuleText,
} from "./lib/access/rules/rule_file.ts";
export { emqxDifferences } from "./lib/access/rules/emqx_differences.ts";
export { type RuleDecision, RuleSet } from "./lib/access/rules/rule_set.ts";
export { type IpAddress, type Network, parseNetwork } from "./lib/cidr.ts";
export type { Pattern } from "./lib/access/rules/pattern.ts";
export { RuleError } from "./lib/access/rules/rule_error.ts";
export { PLACEHOLDER_LETTERS, strayPlaceholder, strayProblem } from "./lib/access/rules/stray.ts";
export {
  EVERYBODY,
  type Rule,
  type RuleAction,
  type RuleClient,
  type RuleRequest,
  type Who,
  type WildcardMode,
} from "./lib/access/rules/rule.ts";
export {
  ALL_TOPICS,
  parseRuleTopic,
  parseRuleTopicOrEq,
  type PlaceholderField,
  type RuleTopic,
  type TemplatePart,
} from "./lib/access/rules/rule_topic.ts";
export {
  AccessSource,
  type Asker,
  hasReservedName,
  type Login,
  RESERVED_NAME,
  type SourceConfig,
} from "./lib/access/sources/access_source.ts";
export {
  type DatabaseConfig,
  type DatabaseQuestion,
  type DatabaseQuestions,
  DatabaseSource,
  type FoundPassword,
  type PasswordQuestion,
} from "./lib/access/sources/database.ts";
export { databaseHooks, type DatabaseLink } from "./lib/access/sources/database_hooks.ts";
export {
  DATABASE_OPTIONS,
  passwordHashOption,
  secretOption,
  type ServerAddress,
  serverOption,
  serversOption,
} from "./lib/access/sources/database_options.ts";
export {
  IDLE_DATABASE_OPTIONS,
  idleOption,
  offOption,
  sslOption,
  warnIdle,
} from "./lib/access/sources/idle_options.ts";
export type { ServerState } from "./lib/access/sources/server_state.ts";
export type { HealthMonitor } from "./lib/access/sources/health.ts";
export { Deadline } from "./lib/access/sources/deadline.ts";
export { BusyError } from "./lib/busy_error.ts";
export { SourceError } from "./lib/access/sources/error.ts";
export { Limiter } from "./lib/access/sources/limiter.ts";
export { isBlank } from "./lib/text_file.ts";
export { readWhole } from "./lib/whole_file.ts";
export { type FileFollower, WatchedFile } from "./lib/watched_file.ts";
export { type ByteWriter, joined, writeAll } from "./lib/io.ts";
export type { ByteStream } from "./lib/net/stream.ts";
export { dialTcp } from "./lib/net/transport/tcp.ts";
export { dialTls } from "./lib/net/transport/tls.ts";
export type {
  Asking,
  Progress,
  QuestionContext,
  Questions,
} from "./lib/access/sources/questions.ts";
export type { RetryPolicy } from "./lib/access/sources/retry.ts";
export {
  choiceOption,
  countOption,
  fixedTextOption,
  sectionOf,
  SOURCE_OPTIONS,
  textOption,
  waitOption,
} from "./lib/access/sources/options.ts";
export {
  ACL_PLACEHOLDERS,
  CLIENT_PLACEHOLDERS,
  placeholderValue,
  type SourceRequest,
  Template,
} from "./lib/access/sources/placeholders.ts";
export {
  followTls,
  type NodeTlsOptions,
  nodeTlsOptions,
  readNodeTls,
  readTls,
  type TlsFollower,
  type TlsMaterial,
  tlsOption,
  type TlsOptions,
  warnUnverified,
} from "./lib/access/sources/tls_options.ts";
