/**
 * The door for sources of access decisions: rules as data, rule files, password hashes. Apart from plugin.ts so
 * that a broker without such a plugin does not load them.
 *
 * @module
 */
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
export { parseAclConf } from "./lib/access/acl_conf.ts";
export { parseYamlRules } from "./lib/access/yaml_rules.ts";
export { defaultRules, readRuleFile } from "./lib/access/rule_file.ts";
export { emqxDifferences } from "./lib/access/emqx_differences.ts";
export { type RuleDecision, RuleSet } from "./lib/access/rule_set.ts";
export { type Network, parseNetwork } from "./lib/access/cidr.ts";
export { RuleError } from "./lib/access/rule_error.ts";
export {
  EVERYBODY,
  type Rule,
  type RuleAction,
  type RuleClient,
  type RuleRequest,
  type Who,
  type WildcardMode,
} from "./lib/access/rule.ts";
export {
  ALL_TOPICS,
  parseRuleTopic,
  parseRuleTopicOrEq,
  type RuleTopic,
} from "./lib/access/rule_topic.ts";
export {
  AccessSource,
  hasReservedName,
  type Login,
  type SourceConfig,
} from "./lib/source/access_source.ts";
export {
  type DatabaseConfig,
  type DatabaseQuestion,
  type DatabaseQuestions,
  DatabaseSource,
  type PasswordQuestion,
} from "./lib/source/database.ts";
export {
  DATABASE_OPTIONS,
  passwordHashOption,
  secretOption,
  type ServerAddress,
  serverOption,
  serversOption,
} from "./lib/source/database_options.ts";
export { Deadline } from "./lib/source/deadline.ts";
export { messageOf, SourceError } from "./lib/source/error.ts";
export { Limiter } from "./lib/source/limiter.ts";
export { orAborted, type Time } from "./lib/source/time.ts";
export type { ByteStream } from "./lib/net/stream.ts";
export type { Questions } from "./lib/source/questions.ts";
export type { RetryPolicy } from "./lib/source/retry.ts";
export {
  choiceOption,
  countOption,
  sectionOf,
  SOURCE_OPTIONS,
  textOption,
  waitOption,
} from "./lib/source/options.ts";
export {
  ACL_PLACEHOLDERS,
  CLIENT_PLACEHOLDERS,
  placeholderValue,
  type Subject,
  Template,
} from "./lib/source/placeholders.ts";
export {
  type NodeTlsOptions,
  nodeTlsOptions,
  readTls,
  readTlsAgain,
  type TlsMaterial,
  tlsOption,
  type TlsOptions,
} from "./lib/source/tls_options.ts";
