/**
 * mosquitto's acl_file as rules of acl_file with the same meaning.
 *
 * What mosquitto 2 does with such a file: every SUBSCRIBE is granted; `read` is checked when a message is
 * delivered and `write` when one is published. A client's own lines come first (those of its user name, or
 * those above the first `user` for clients without one), denials before grants, then the patterns, denials
 * first again; what nothing grants is denied. Invariant: where a line cannot be expressed, less is allowed,
 * never more.
 */
import type { Draft, Plain, SourceFile } from "./draft.ts";
import { type AclLine, readAcl } from "./mosquitto_acl_file.ts";
import { type AclOptions, type RuleTopic, TopicReader } from "./mosquitto_acl_topics.ts";

/** Everyone who has a user name; it cannot hold U+0000. */
const NAMED: Who = { user: { regex: "[^\\x00]*" } };
const EVERYBODY: Who = { all: true };

type Who = { readonly [key: string]: Plain };

/**
 * The rules of an acl_file.
 * @throws UserError with a line for each line that mosquitto would refuse
 */
export function aclRules(file: SourceFile, draft: Draft, options: AclOptions): Plain[] {
  const { users, patterns } = readAcl(file);
  const topics = new TopicReader(draft, options);
  const rules: Plain[] = [{
    permission: "allow",
    ...EVERYBODY,
    action: "subscribe",
    topics: "all",
  }];
  for (const [name, lines] of users) {
    if (name !== undefined) rules.push(...rulesFor({ user: name }, lines, topics.plain));
  }
  const rest = (who: Who): Plain[] => [
    ...patternRules(who, patterns, topics.pattern),
    ...bothWays("deny", who, ["all"]),
  ];
  const anonymous = options.allowAnonymous ? users.get(undefined) : undefined;
  // The lines of clients without a name must not reach those with one, who are done with before them.
  if (anonymous !== undefined) {
    rules.push(...rest(NAMED), ...rulesFor(EVERYBODY, anonymous, topics.plain));
  }
  rules.push(...rest(EVERYBODY));
  noteUnused(options.allowAnonymous ? [] : users.get(undefined) ?? [], draft);
  notePatterns(patterns, draft);
  return rules;
}

/** Up to four rules: what is denied and what is granted, to publish and to receive. */
function rulesFor(
  who: Who,
  lines: readonly AclLine[],
  translate: (line: AclLine) => RuleTopic | undefined,
): Plain[] {
  return [true, false].flatMap((denies) =>
    (["publish", "receive"] as const).flatMap((action) => {
      const topics = lines
        .filter((line) => line.denies === denies && line.actions.includes(action))
        .map(translate).filter((topic) => topic !== undefined);
      if (topics.length === 0) return [];
      return [{ permission: denies ? "deny" : "allow", ...who, action, topics }];
    })
  );
}

function bothWays(permission: "allow" | "deny", who: Who, topics: readonly RuleTopic[]): Plain[] {
  return (["publish", "receive"] as const).map((action) => ({
    permission,
    ...who,
    action,
    topics,
  }));
}

/**
 * Patterns. A denial whose placeholder cannot be filled in, because the client's name or id has a wildcard or
 * a `/` in it, would be passed over: such clients get nothing (mosquitto does so for wildcards).
 */
function patternRules(
  who: Who,
  patterns: readonly AclLine[],
  translate: (line: AclLine) => RuleTopic | undefined,
): Plain[] {
  const rules = rulesFor(who, patterns, translate);
  if (!patterns.some(({ denies, text }) => denies && /%[cu]/.test(text))) return rules;
  const regex = "[^\\x00]*[+#/][^\\x00]*";
  const odd: Who = { or: [{ user: { regex } }, { clientid: { regex } }] };
  return [...bothWays("deny", who === EVERYBODY ? odd : { and: [who, odd] }, ["all"]), ...rules];
}

function noteUnused([first]: readonly AclLine[], draft: Draft): void {
  if (first === undefined) return;
  draft.skip("lines above the first user", first.place, "nobody without a user name gets in");
}

function notePatterns(patterns: readonly AclLine[], draft: Draft): void {
  const first = patterns.find(({ text }) => /%[cu]/.test(text));
  if (first === undefined) return;
  const what =
    "a user name or client id with a / in it matches no pattern (mosquitto: it becomes " +
    "several levels)";
  draft.differ("pattern", first.place, what);
}
