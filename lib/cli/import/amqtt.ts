/**
 * aMQTT's YAML, both styles, as Midge's. Midge loads these files as they are; the import writes the short names
 * and says what stays behind. Invariant: where a plugin that may have decided who comes in stays behind, no one
 * comes in without another that does.
 */
import { translateEntryPoints } from "../../config/amqtt.ts";
import { UserError } from "../../user_error.ts";
import { DEFAULT_PLUGINS } from "../../config/plugin_keys.ts";
import { canonicalKeys, isMapping, underscored } from "../../config/keys.ts";
import { packagedName } from "../../config/plugins.ts";
import { Problems } from "../../config/problems.ts";
import { parseYaml } from "../../config/yaml.ts";
import { setAmqttListeners } from "./amqtt_listeners.ts";
import { AmqttPlugins } from "./amqtt_plugins.ts";
import { Draft, type Place, type Plain, type SourceFile } from "./draft.ts";
import type { Library } from "./library.ts";

const DEFAULT = "aMQTT's default";
const CARRIED = ["timeout_disconnect_delay"] as const;
const KEYS = [
  "listeners",
  "plugins",
  "auth",
  "topic_check",
  "sys_interval",
  "session_expiry_interval",
  ...CARRIED,
];

/** Makes the configuration. @throws UserError for what cannot be read or understood */
export async function importAmqtt(file: SourceFile, library: Library): Promise<Draft> {
  const draft = new Draft();
  const place = placesIn(file);
  const problems = new Problems(file.name);
  const raw = parseYaml(file.text, file.name);
  const top = canonicalKeys(isMapping(raw) ? raw : {}, KEYS, [], problems);
  await setAmqttListeners(top.listeners, { file, place, library, draft });
  const { plugins, auth, topic_check, sys_interval } = top;
  const chosen = translateEntryPoints(
    { plugins, auth, topic_check, sys_interval },
    DEFAULT_PLUGINS,
    problems,
  );
  problems.throwIfAny();
  if ((plugins ?? null) !== null) noteOverruled({ auth, topic_check, sys_interval }, place, draft);
  await setPlugins(chosen === undefined ? DEFAULT_PLUGINS : chosen, file, place, library, draft);
  for (const key of CARRIED) {
    if (top[key] !== undefined) draft.set([key], top[key] as Plain, place(key));
  }
  setLimits(top.session_expiry_interval, place("session_expiry_interval"), draft);
  return draft;
}

/** Beside `plugins` the old style counts for nothing, in aMQTT too. */
function noteOverruled(
  old: Readonly<Record<string, unknown>>,
  place: (key: string) => Place,
  draft: Draft,
): void {
  for (const [key, value] of Object.entries(old)) {
    if ((value ?? null) !== null) {
      draft.skip(key, place(key), "not used where plugins is there too");
    }
  }
}

/** aMQTT keeps sessions for ever unless told otherwise, and takes packets of any size. */
function setLimits(expiry: unknown, place: Place, draft: Draft): void {
  const isSet = expiry !== undefined && expiry !== null;
  draft.set(["session_expiry_interval"], isSet ? expiry as Plain : 0, isSet ? place : DEFAULT);
  draft.set(["max_packet_size"], 0, DEFAULT);
  draft.differ(
    "max_queued_messages, max_queued_bytes",
    undefined,
    "at most 1000 messages or 4 MiB wait for a client that is away (aMQTT: any number)",
  );
}

async function setPlugins(
  chosen: unknown,
  file: SourceFile,
  place: (key: string) => Place,
  library: Library,
  draft: Draft,
): Promise<void> {
  const plugins = new AmqttPlugins(file, place, library, draft);
  for (const [key, options] of entriesOf(chosen, file)) {
    const name = packagedName(key);
    await plugins.add(name ?? underscored(key), name !== undefined, key, options ?? {});
  }
  plugins.write();
}

/** Plugins are a mapping, or a list of names and one-key mappings; null is none. */
function entriesOf(chosen: unknown, file: SourceFile): [string, unknown][] {
  if (chosen === null) return [];
  if (isMapping(chosen)) return Object.entries(chosen);
  if (!Array.isArray(chosen)) {
    throw new UserError(`${file.name}: plugins: expected a mapping from plugins to options`);
  }
  return chosen.flatMap((item: unknown): [string, unknown][] =>
    isMapping(item) ? Object.entries(item) : [[String(item), null]]
  );
}

/** Finds the line of a key, in whichever spelling, else of the word; the whole file where it is not found. */
function placesIn({ name, text }: SourceFile): (key: string) => Place {
  const lines = underscored(text).split("\n");
  return (key) => {
    const word = underscored(key).replaceAll(".", "\\.");
    const isKey = new RegExp(`^[\\s_]*["']?${word}["']?\\s*(?::\\s|:?$)`);
    const isWord = new RegExp(`^[^#]*\\b${word}\\b`);
    const at = lines.findIndex((line) => isKey.test(line));
    return { file: name, line: 1 + (at < 0 ? lines.findIndex((line) => isWord.test(line)) : at) };
  };
}
