/**
 * What Redis answers, understood. Invariant: an answer that is not what the command should give is an error that
 * names the key, never taken for a no or a yes.
 */
import {
  EVERYBODY,
  parseRuleTopic,
  type Rule,
  type RuleAction,
  SourceError,
  type StoredPassword,
} from "../../sources.ts";
import type { Arguments } from "./command.ts";
import { messageOf } from "../../plugin.ts";

/** The bits of `access`: 1 subscribe, 2 publish. */
const ACTIONS: ReadonlyMap<string, RuleAction | undefined> = new Map([
  ["0", undefined],
  ["1", "subscribe"],
  ["2", "publish"],
  ["3", "pubsub"],
]);

/** `HGET key password`, `HMGET key password`, `HMGET key password salt`; nothing there: no such user. */
export function readPassword(reply: unknown, command: Arguments): StoredPassword | undefined {
  const [hash, salt] = Array.isArray(reply) ? reply : [reply];
  if (hash === null || hash === undefined) return undefined;
  if (typeof hash !== "string" || (salt !== undefined && salt !== null && !isText(salt))) {
    throw unexpected(command, reply, "the password, or the password and its salt");
  }
  return { hash, salt };
}

/** Is the first that was found `1`? */
export function readSuperuser(reply: unknown): boolean {
  const [first] = Array.isArray(reply) ? reply : [reply];
  return first === "1" || first === 1;
}

/** `HGETALL key`: topics and their access in turn. Undefined: there is no such key. */
export function readRules(reply: unknown, command: Arguments): readonly Rule[] | undefined {
  if (!Array.isArray(reply) || reply.length % 2 === 1) {
    throw unexpected(command, reply, "topics and their access");
  }
  if (reply.length === 0) return undefined;
  return reply.filter((_, index) => index % 2 === 0)
    .map((topic, pair) => readRule(String(topic), reply[pair * 2 + 1], command))
    .filter((rule) => rule !== undefined);
}

function readRule(topic: string, access: unknown, command: Arguments): Rule | undefined {
  const where = keyOf(command);
  if (!ACTIONS.has(String(access))) {
    throw new SourceError(
      `${where}: topic "${topic}": got access ${show(access)}, expected 0 to 3`,
    );
  }
  const action = ACTIONS.get(String(access));
  if (action === undefined) return undefined;
  try {
    const topics = [parseRuleTopic(topic)];
    return {
      permission: "allow",
      who: EVERYBODY,
      action,
      topics,
      where,
      text: `${topic} ${access}`,
    };
  } catch (cause) {
    const problem = messageOf(cause);
    throw new SourceError(`${where}: ${problem}`, { cause });
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function keyOf([name, key = ""]: Arguments): string {
  return JSON.stringify(key).length > 200 ? name : JSON.stringify(key).slice(1, -1);
}

/** The reply itself is not shown: it may hold a password. */
function unexpected(command: Arguments, reply: unknown, expected: string): SourceError {
  const kind = Array.isArray(reply) ? "a list" : reply === null ? "nothing" : `a ${typeof reply}`;
  return new SourceError(`${command[0]} ${keyOf(command)}: got ${kind}, expected ${expected}`);
}

function show(value: unknown): string {
  return JSON.stringify(value).slice(0, 40);
}
