/**
 * Which broker's file is this? Told by what stands in it, for names say little. Invariant: a text that fits none
 * is undefined, never a guess.
 */
import { parseTerms, type Term } from "../../access/rules/erlang.ts";
import { isMapping } from "../../config/keys.ts";
import { parseYaml } from "../../config/yaml.ts";
import type { SourceFile } from "./draft.ts";
import { isMosquittoKey } from "./mosquitto_general.ts";
import { numberedLines } from "./statements.ts";

/** What a file can be. */
export type FileKind =
  | "mosquitto.conf"
  | "mosquitto acl_file"
  | "password file"
  | "certificate or key"
  | "emqx.conf"
  | "emqx plugin"
  | "acl.conf"
  | "loaded_plugins"
  | "amqtt";

const ACL_LINE = /^ *(?:user|topic|pattern) /;
const HASH_LINE = /^[^:]+:\$\S+\s*$/;
const PEM_LINE = /^-----BEGIN [A-Z0-9 ]+-----\s*$/;
const ASSIGNMENT = /^\s*[\w.$-]+\s*=/;
const AMQTT_KEYS = [
  "listeners",
  "plugins",
  "auth",
  "topic-check",
  "topic_check",
  "sys_interval",
  "session_expiry_interval",
  "timeout_disconnect_delay",
  "timeout-disconnect-delay",
];

/** The kind of a file; undefined when it is none of these, or empty. */
export function kindOf(file: SourceFile): FileKind | undefined {
  const lines = numberedLines(file.text).map(({ line }) => line);
  const plain = lines.filter((line) => !/^\s*#/.test(line));
  if (plain.some((line) => PEM_LINE.test(line))) return "certificate or key";
  if (plain.length === 0) return kindOfComments(lines);
  if (/^\s*\{\s*(?:allow|deny)\s*,/m.test(file.text)) return "acl.conf";
  const terms = termsOf(file.text);
  if (terms !== undefined) return kindOfTerms(terms);
  if (most(plain, (line) => ASSIGNMENT.test(line))) return kindOfAssignments(plain);
  if (most(plain, (line) => HASH_LINE.test(line))) return "password file";
  if (plain.every((line) => ACL_LINE.test(line)) && plain.some((line) => !/^ *user /.test(line))) {
    return "mosquitto acl_file";
  }
  // A misspelt key is no reason not to know the file again.
  if (most(plain, (line) => isMosquittoKey(/^ *(\S*)/.exec(line)![1]!))) return "mosquitto.conf";
  return isAmqtt(file) ? "amqtt" : undefined;
}

/** Why a file is none of them, where that can be told. */
export function whyUnknown({ text }: SourceFile): string {
  if (numberedLines(text).every(({ line }) => /^\s*[#%]/.test(line))) return "has nothing in it";
  if (/^\s*[\w.]+\s*(?:=\s*)?\{\s*(?:#.*)?$/m.test(text)) {
    return "is EMQX 5's form (HOCON), which is not known here; EMQ X 3 and 4 are";
  }
  return "is not a file of mosquitto (mosquitto.conf, acl_file, password_file), of EMQ X 3 or 4 " +
    "(emqx.conf, emqx_auth_*.conf, acl.conf, loaded_plugins) or of aMQTT (YAML)";
}

function most(lines: readonly string[], isSo: (line: string) => boolean): boolean {
  return lines.filter(isSo).length > lines.length / 2;
}

/** A plugin's file in which everything is commented out is still the plugin's. */
function kindOfComments(lines: readonly string[]): FileKind | undefined {
  return lines.some((line) => /^\s*#+\s*auth\.\w+\./.test(line)) ? "emqx plugin" : undefined;
}

function kindOfAssignments(lines: readonly string[]): FileKind {
  const isPlugin = lines.every((line) => /^\s*(?:auth|retainer)\./.test(line));
  return isPlugin ? "emqx plugin" : "emqx.conf";
}

function termsOf(text: string): Term[] | undefined {
  try {
    return parseTerms(text);
  } catch {
    return undefined; // not Erlang, or an acl.conf with a mistake
  }
}

function kindOfTerms(terms: readonly Term[]): FileKind | undefined {
  const [first] = terms;
  const [head] = first?.kind === "tuple" ? first.items : [first];
  return head?.kind === "atom" ? "loaded_plugins" : undefined;
}

function isAmqtt(file: SourceFile): boolean {
  try {
    const value = parseYaml(file.text, file.name);
    return isMapping(value) && Object.keys(value).some((key) => AMQTT_KEYS.includes(key));
  } catch {
    return looksLikeYaml(file.text); // then the importer says what is wrong with it
  }
}

function looksLikeYaml(text: string): boolean {
  return new RegExp(`^(?:${AMQTT_KEYS.join("|")}):(?: |$)`, "m").test(text);
}
