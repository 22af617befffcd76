/**
 * mosquitto's acl_file as rules of acl_file with the same meaning.
 *
 * What mosquitto 2 does with such a file: every SUBSCRIBE is granted; `read` is checked when a message is
 * delivered and `write` when one is published. A client's own lines come first (those of its user name, or
 * those above the first `user` for clients without one), denials before grants, then the patterns, denials
 * first again; what nothing grants is denied. Invariant: where a line cannot be expressed, less is allowed,
 * never more.
 */
import { UserError } from "../../user_error.ts";
import { topicFilterProblem } from "../../topic/filter.ts";
import { type Draft, type Place, type Plain, showPlace, type SourceFile } from "./draft.ts";
import { numberedLines } from "./statements.ts";

const ACCESS: ReadonlyMap<string, readonly ("publish" | "receive")[]> = new Map([
  ["read", ["receive"]],
  ["write", ["publish"]],
  ["readwrite", ["publish", "receive"]],
  ["deny", ["publish", "receive"]],
]);

/** Everybody who has a user name; it cannot hold U+0000. */
const NAMED: Who = { user: { regex: "[^\\x00]*" } };
const EVERYBODY: Who = { all: true };

type Who = { readonly [key: string]: Plain };
type Topic = string | { readonly eq: string };

/** A `topic` or `pattern` line. */
interface Line {
  readonly denies: boolean;
  readonly actions: readonly ("publish" | "receive")[];
  readonly text: string;
  readonly place: Place;
}

interface AclFile {
  /** User name -> its lines; undefined for clients without one. */
  readonly users: ReadonlyMap<string | undefined, Line[]>;
  readonly patterns: readonly Line[];
}

/** What else decides what the lines mean. */
export interface AclOptions {
  /** Do clients without a user name get in at all? */
  readonly allowAnonymous: boolean;
  /** mosquitto's use_username_as_clientid: %c then is the user name. */
  readonly clientIdIsUsername: boolean;
}

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

function readAcl({ name, text }: SourceFile): AclFile {
  const users = new Map<string | undefined, Line[]>();
  const patterns: Line[] = [];
  const problems: string[] = [];
  let user: string | undefined;
  for (const { line, number } of numberedLines(text)) {
    if (line.startsWith("#")) continue;
    const place = { file: name, line: number };
    const [, word = "", rest = ""] = /^ *([^ ]+) *(.*?)\s*$/s.exec(line) ?? [];
    const read = word === "user" ? rest : readLine(word, rest, place);
    if (read === "" || read instanceof Error) {
      problems.push(`${showPlace(place)}: ${read === "" ? "expected a user name" : read.message}`);
    } else if (typeof read === "string") user = read;
    else if (word === "pattern") patterns.push(read);
    else users.set(user, [...users.get(user) ?? [], read]);
  }
  if (problems.length > 0) throw new UserError(problems);
  return { users, patterns };
}

function readLine(word: string, rest: string, place: Place): Line | Error {
  if (word !== "topic" && word !== "pattern") {
    return new Error(`got ${JSON.stringify(word)}, expected user, topic or pattern`);
  }
  // One word alone is a topic, whatever it is called.
  const [, kind = "readwrite", text = rest] = /^([^ ]+) +(.+)$/s.exec(rest) ?? [];
  const actions = ACCESS.get(kind);
  if (actions === undefined) {
    return new Error(`got ${JSON.stringify(kind)}, expected read, write, readwrite or deny`);
  }
  const problem = topicFilterProblem(text);
  if (problem !== undefined) return new Error(`${JSON.stringify(text)}: ${problem}`);
  return { denies: kind === "deny", actions, text, place };
}

/** Up to four rules: what is denied and what is granted, to publish and to receive. */
function rulesFor(
  who: Who,
  lines: readonly Line[],
  translate: (line: Line) => Topic | undefined,
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

function bothWays(permission: "allow" | "deny", who: Who, topics: readonly Topic[]): Plain[] {
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
  patterns: readonly Line[],
  translate: (line: Line) => Topic | undefined,
): Plain[] {
  const rules = rulesFor(who, patterns, translate);
  if (!patterns.some(({ denies, text }) => denies && /%[cu]/.test(text))) return rules;
  const regex = "[^\\x00]*[+#/][^\\x00]*";
  const odd: Who = { or: [{ user: { regex } }, { clientid: { regex } }] };
  return [...bothWays("deny", who === EVERYBODY ? odd : { and: [who, odd] }, ["all"]), ...rules];
}

function noteUnused([first]: readonly Line[], draft: Draft): void {
  if (first === undefined) return;
  draft.skip("lines above the first user", first.place, "nobody without a user name gets in");
}

function notePatterns(patterns: readonly Line[], draft: Draft): void {
  const first = patterns.find(({ text }) => /%[cu]/.test(text));
  if (first === undefined) return;
  const what =
    "a user name or client id with a / in it matches no pattern (mosquitto: it becomes " +
    "several levels)";
  draft.differ("pattern", first.place, what);
}

/** Topics of the two kinds of lines as a rule writes them. */
class TopicReader {
  readonly #draft: Draft;
  readonly #options: AclOptions;
  readonly #said = new Set<Line>();

  constructor(draft: Draft, options: AclOptions) {
    this.#draft = draft;
    this.#options = options;
  }

  /** Of a `topic` line: everything is literal but the wildcards. */
  readonly plain = (line: Line): Topic | undefined => {
    const { text } = line;
    if (text === "all") return { eq: text };
    if (!text.split("/").some(isPlaceholder)) return text;
    return /[+#]/.test(text) ? this.#less(line) : { eq: text };
  };

  /** Of a `pattern` line: %c and %u stand for values, in the middle of a level too. */
  readonly pattern = (line: Line): Topic | undefined => {
    const levels = line.text.split("/").map((level) => this.#patternLevel(level));
    if (levels.includes(undefined)) return this.#less(line);
    const text = levels.join("/");
    return text === "all" ? { eq: text } : text;
  };

  #patternLevel(level: string): string | undefined {
    const client = this.#options.clientIdIsUsername ? "%u" : "%c";
    if (level === "%c") return client;
    if (level === "%u") return level;
    if (isPlaceholder(level)) return undefined;
    const id = client === "%c" ? "${clientid}" : "${username}";
    return level.replaceAll("%c", id).replaceAll("%u", "${username}");
  }

  /** Text that a rule would take for a placeholder of its own: a denial gets wider, a grant is left out. */
  #less(line: Line): Topic | undefined {
    const what = "has text that is a placeholder in Midge";
    const done = line.denies ? `; the rule denies more: any level in its place` : "";
    if (!this.#said.has(line)) this.#draft.skip(line.text, line.place, what + done);
    this.#said.add(line);
    if (!line.denies) return undefined;
    const isOpen = (level: string) => isPlaceholder(level) || /%[cu]/.test(level);
    return line.text.split("/").map((level) => isOpen(level) ? "+" : level).join("/");
  }
}

/** Would a rule's topic take this level for something else than its text? */
function isPlaceholder(level: string): boolean {
  return /^%[ucaCd]$/.test(level) || level.includes("${");
}
