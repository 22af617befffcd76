/**
 * The table of the broker's configuration: every key that people may write at the top of config.yaml and in
 * `new Broker({...})`, and what the documented page is made of. What is in a section stands in its own table.
 */
import { ACCESS_KEYS, ACL_CACHE, TOPIC_KEYS } from "./access_keys.ts";
import { loopbackBind } from "./bind.ts";
import { FLAPPING_DETECT } from "./flapping.ts";
import {
  anything,
  duration,
  field,
  flag,
  type LogLevel,
  logLevel,
  oneOf,
  sizeLimit,
  textField,
} from "./fields.ts";
import { LIMIT_KEYS } from "./limit_keys.ts";
import { LISTENER_KEYS } from "./listener_keys.ts";
import { PLUGIN_KEYS, type PluginsOption } from "./plugin_keys.ts";
import { key, type Options, section } from "./table.ts";

const SHORTEST_TOKEN = 16;

const token = field<string>(
  (value) =>
    typeof value === "string" && value.length >= SHORTEST_TOKEN
      ? value
      : new Error(`expected a text of ${SHORTEST_TOKEN} characters or more`),
  "a token",
  { isSecret: true },
);

/** `management`. */
export const MANAGEMENT_KEYS = {
  path: key({
    type: textField("a path such as data/midge.sock"),
    shown: "active",
    example: "data/midge.sock",
    doc:
      "Relative to this file; without it midge.sock in data_dir, or, as a service, in RuntimeDirectory.",
  }),
  bind: key({
    type: loopbackBind,
    example: "127.0.0.1:1884",
    doc:
      "Or, where there are no socket files, a port of this machine; with a token of 16 characters or more, or " +
      "without one: then the broker makes one at each start and leaves it in management.json in data_dir.",
  }),
  token: key({ type: token }),
};

/** `storage`. */
export const STORAGE_KEYS = {
  path: key({
    type: textField("a path such as data/store"),
    example: "data/store",
    doc: "The folder; without it the folder store in data_dir.",
  }),
  durability: key({
    type: oneOf("full", "os", "none"),
    default: "full",
    shown: "active",
    doc:
      "What an acknowledgement means: full, the disk has it, and a power cut loses nothing; os, the operating system " +
      "has it, and the end of the broker loses nothing; none, memory has it, which is saved when the broker stops.",
  }),
  plugin: key({
    type: textField("the name of a plugin, as `plugins` has it"),
    example: "./my_store.ts",
    doc:
      "In place of a folder: the plugin that keeps it, by its name in `plugins` (docs/PLUGINS.md, A storage of your " +
      "own). path and durability are its own affair then.",
  }),
  write_delay: key({
    type: duration,
    default: 0,
    doc:
      "How long retained messages that no acknowledgement stands for (QoS 0) may gather before they are written, so that " +
      "they share a write: flash wears out by writes. A crash loses that much of them, never what was acknowledged.",
  }),
  max_pending: key({
    type: sizeLimit,
    default: "16MiB",
    doc:
      "Bytes that may wait for the disk. From half of them on publishers wait for it; while the disk fails and all is " +
      "used up, what would have to be kept is refused.",
  }),
};

/** `log`. */
export const LOG_KEYS = {
  level: key({
    type: logLevel,
    default: "info",
    shown: "active",
    doc: "debug, info, warning or error.",
  }),
  format: key({
    type: oneOf("text", "json"),
    default: "text",
    shown: "active",
    doc: "text, or json for one object per line.",
  }),
  // A user-made map: log.ts reads it.
  loggers: key({
    type: anything<Record<string, LogLevel>>(),
    default: {},
    shown: "active",
    doc:
      "Levels of their own for some loggers: midge.broker, midge.net, midge.plugins.auth_file, ...",
  }),
};

/** The keys that are mappings, and those that other files read. */
const SECTIONS = {
  listeners: key({
    type: anything<Record<string, Options<typeof LISTENER_KEYS> | null>>(),
    shown: "active",
    doc:
      "Where clients connect: a name for each listener, and what it listens on. Without `listeners`: this one. " +
      "What a listener leaves out it takes from the listener named default, if there is one.",
    keys: { default: section(LISTENER_KEYS, { shown: "active" }) },
  }),
  plugins: key({
    type: anything<PluginsOption>(),
    shown: "active",
    doc:
      "The plugins, asked in this order: a name and its options. A name is that of a packaged plugin, aMQTT's " +
      "name for it, or the path or URL of a module (./my_plugin.ts). Without `plugins`: these four. " +
      "`plugins: {}` lets no one in.",
    keys: PLUGIN_KEYS,
  }),
  acl_cache: ACL_CACHE,
  flapping_detect: FLAPPING_DETECT,
  log: section(LOG_KEYS, { doc: "The log, on stderr." }),
  storage: section(STORAGE_KEYS, {
    shown: "active",
    doc:
      "What outlives a restart: sessions that are kept, with their messages, retained messages and wills " +
      "(docs/DURABILITY.md). `storage: null` keeps all in memory alone.",
  }),
  management: section(MANAGEMENT_KEYS, {
    doc:
      "Where `midge ctl` reaches the broker: a socket file that only the user of the broker can open. Where it " +
      "cannot be made the broker starts without it. `management: null` turns it off.",
  }),
};

/** Beside the configuration. */
export const DEFAULT_DATA_DIR = "data";
/** The profile; edge.ts has what it sets. */
const PROFILE_KEYS = {
  edge: key({
    type: flag,
    default: false,
    doc:
      "Other defaults, for a small device with a flash card: smaller queues, buffers and caches, and retained messages " +
      "of QoS 0 gather before they are written (docs/EDGE.md). A key that is given wins; midge check shows what is set.",
  }),
};

/** Where the broker writes. */
const DATA_KEYS = {
  data_dir: key({
    type: textField("a path"),
    example: DEFAULT_DATA_DIR,
    doc:
      "The folder for what the broker writes: its storage, its bans, what `midge ctl` needs to find it. Relative to " +
      "the folder of this file; --data-dir DIR on the command line wins. Without both, as a service, the folder that " +
      "systemd made for it (StateDirectory).",
  }),
};

/** aMQTT's deprecated style; amqtt.ts reads them. */
const DEPRECATED_KEYS = {
  auth: key({ type: anything<Record<string, unknown>>(), shown: "hidden" }),
  topic_check: key({ type: anything<Record<string, unknown>>(), shown: "hidden" }),
  sys_interval: key({ type: anything<number>(), shown: "hidden" }),
};

/** Everything that may stand at the top. */
export const BROKER_KEYS = {
  ...SECTIONS,
  ...PROFILE_KEYS,
  ...DATA_KEYS,
  ...DEPRECATED_KEYS,
  ...LIMIT_KEYS,
  ...ACCESS_KEYS,
  ...TOPIC_KEYS,
};

// For the types that follow from the tables.

/** @internal */
export type BrokerKeys = typeof BROKER_KEYS;

/** @internal */
export type StorageKeys = typeof STORAGE_KEYS;

/** @internal */
export type LogKeys = typeof LOG_KEYS;
