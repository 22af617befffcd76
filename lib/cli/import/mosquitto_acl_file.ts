/**
 * mosquitto's acl_file as its lines. Invariant: a line that mosquitto would refuse is a problem here; all of them are
 * told at once.
 */
import { topicFilterProblem } from "../../topic/filter.ts";
import { UserError } from "../../user_error.ts";
import { type Place, showPlace, type SourceFile } from "./draft.ts";
import { numberedLines } from "./statements.ts";

/** A `topic` or `pattern` line. */
export interface AclLine {
  readonly denies: boolean;
  readonly actions: readonly ("publish" | "receive")[];
  readonly text: string;
  readonly place: Place;
}

/** The lines by whom they are about. */
export interface AclFile {
  /** User name -> its lines; undefined for clients without one. */
  readonly users: ReadonlyMap<string | undefined, AclLine[]>;
  readonly patterns: readonly AclLine[];
}

const ACCESS: ReadonlyMap<string, readonly ("publish" | "receive")[]> = new Map([
  ["read", ["receive"]],
  ["write", ["publish"]],
  ["readwrite", ["publish", "receive"]],
  ["deny", ["publish", "receive"]],
]);

/** @throws {UserError} with a line for each line that mosquitto would refuse */
export function readAcl({ name, text }: SourceFile): AclFile {
  const users = new Map<string | undefined, AclLine[]>();
  const patterns: AclLine[] = [];
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

function readLine(word: string, rest: string, place: Place): AclLine | Error {
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
