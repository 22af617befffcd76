/**
 * The broker's configuration keys about who may do what, when plugins decide about topics. In
 * `core.config.access` they lose their `acl_`.
 */
import { count, durationLimit, field, flag, oneOf, path } from "./fields.ts";
import { key, section } from "./table.ts";

/** `acl_cache`. */
export const CACHE_KEYS = {
  enable: key({ type: flag, default: true, shown: "active" }),
  max_size: key({
    type: count,
    default: 32,
    shown: "active",
    doc: "Answers for one connection; 0: off.",
  }),
  ttl: key({
    type: durationLimit,
    default: "1m",
    shown: "active",
    doc: "How long an answer is remembered.",
  }),
};

/** The keys beside it. */
export const ACCESS_KEYS = {
  acl_nomatch: key({
    type: oneOf("allow", "deny"),
    default: "allow",
    doc: "What happens when no plugin has an answer: allow or deny.",
  }),
  acl_deny_action: key({
    type: oneOf("ignore", "disconnect"),
    default: "ignore",
    doc: "What a refused publish or subscribe does: ignore it, or disconnect the client.",
  }),
  acl_combine: key({
    type: oneOf("first", "all"),
    example: "first",
    doc:
      "With first, the first plugin that answers decides; with all, every plugin is asked, and one deny is " +
      "enough. Default: all while only topic_acl, topic_taboo and modules of your own decide (as in aMQTT), " +
      "else first.",
  }),
  acl_wildcards: key({
    type: oneOf("strict", "emqx"),
    default: "strict",
    doc:
      "With strict, a rule that allows must cover every topic that a subscription's filter can match; with " +
      "emqx, the filter is compared as if it were a topic's name.",
  }),
  acl_tests: key({
    type: path,
    doc:
      "A file of access tests, as midge acl test reads it: rules that are changed while the broker runs " +
      "(midge ctl acl rules set, the page) are refused where one of these tests would fail.",
  }),
  takeover: key({
    type: oneOf("any", "same_user"),
    default: "any",
    doc:
      "A client that comes with the client id of another user: with any it gets that id with a new session, and " +
      "the other's connection and session end; with same_user it is refused.",
  }),
};

/** Whole first levels, so that what stays closed is neither among them nor begins like one of them. */
const PREFIX = /^\$(?!(SYS|share|queue)\/)[^/+#\0]+\/[^+#\0]*$/;

const dollarPrefixes = field<readonly string[]>(
  (value) =>
    Array.isArray(value) &&
      value.every((one) => typeof one === "string" && PREFIX.test(one))
      ? value
      : undefined,
  'a list of beginnings of topics, each with a whole level, such as ["$aws/"]; $SYS, $share and $queue stay closed',
);

/** The keys about topics that begin with `$`. */
export const TOPIC_KEYS = {
  allow_dollar_topics: key({
    type: dollarPrefixes,
    default: [],
    doc:
      "Clients' messages to topics that begin with $ are acknowledged and dropped, except to those that begin " +
      'with one of these, ["$aws/"] for example. $SYS, $share and $queue stay closed.',
  }),
};

/** The section. */
export const ACL_CACHE = section(CACHE_KEYS, { doc: "Answers remembered for each connection." });

/** @internal */
export type TopicKeys = typeof TOPIC_KEYS;

/** @internal */
export type AccessKeys = typeof ACCESS_KEYS;

/** @internal */
export type CacheKeys = typeof CACHE_KEYS;
