/**
 * Brokers whose promises are tried: how each is told to keep what it has in a folder. Invariant: what a broker's makers
 * call its default stays, but for what has to be said to make it persistent at all; a variant names what it adds.
 */

/** One broker with one configuration. */
export interface Peer {
  readonly name: string;
  /** What its configuration says about persistence, for people. */
  readonly settings: string;
  /** The program; it is looked for in the folder of the peers, then on the PATH. */
  readonly program: string;
  /** What its configuration file ends with; default yaml. */
  readonly suffix?: string;
  /** Who its clients are, where it keeps nothing of those without a name. */
  readonly username?: string;
  /** The text of its configuration; `PEERS` in it, and in the arguments, is the folder of the programs. */
  readonly config: (place: Place) => string;
  readonly args: (place: Place) => readonly string[];
}

/** Where one run takes place. */
export interface Place {
  readonly folder: string;
  readonly config: string;
  readonly port: number;
  /** A second one, for what a broker insists on. */
  readonly other: number;
}

const mosquitto = (more: string) => ({ folder, port }: Place) =>
  `user root\nlistener ${port} 127.0.0.1\nallow_anonymous true\npersistence true\n` +
  `persistence_location ${folder}/\n${more}`;

const mochi = (name: string, settings: string, storage: (folder: string) => string): Peer => ({
  name: `mochi, ${name}`,
  settings,
  program: "go/mochi-docker",
  config: ({ folder, port }) =>
    `listeners: [{type: tcp, id: a, address: "127.0.0.1:${port}"}]\n` +
    `hooks: {auth: {allow_all: true}, storage: {${storage(folder)}}}\n`,
  args: ({ config }) => ["--config", config],
});

const nats = (name: string, settings: string, more: string): Peer => ({
  name,
  settings,
  program: "go/nats-server",
  config: ({ folder, port, other }) =>
    `server_name: a\nlisten: "127.0.0.1:${other}"\njetstream {store_dir: "${folder}"${more}}\n` +
    `mqtt {listen: "127.0.0.1:${port}"}\n`,
  args: ({ config }) => ["-c", config],
});

const AEDES = new URL("aedes.mjs", import.meta.url).pathname;

/** In the order of the table. */
export const PEERS: readonly Peer[] = [
  {
    name: "mosquitto 2.0",
    settings: "persistence true",
    program: "mosquitto",
    config: mosquitto(""),
    args: ({ config }) => ["-c", config],
  },
  {
    name: "mosquitto 2.0, on changes",
    settings: "persistence true, autosave_on_changes true, autosave_interval 1",
    program: "mosquitto",
    config: mosquitto("autosave_on_changes true\nautosave_interval 1\n"),
    args: ({ config }) => ["-c", config],
  },
  {
    name: "mosquitto 2.1, SQLite",
    settings: "plugin mosquitto_persist_sqlite.so",
    program: "mosquitto21/src/mosquitto",
    config: ({ folder, port }) =>
      `user root\nlistener ${port} 127.0.0.1\nallow_anonymous true\n` +
      `plugin PEERS/mosquitto21/plugins/persist-sqlite/mosquitto_persist_sqlite.so\n` +
      `plugin_opt_db_file ${folder}/mosquitto.sqlite3\n`,
    args: ({ config }) => ["-c", config],
  },
  mochi("bolt", "hooks.storage.bolt", (folder) => `bolt: {path: ${folder}/bolt.db}`),
  mochi("badger", "hooks.storage.badger", (folder) => `badger: {path: ${folder}/badger}`),
  mochi(
    "pebble",
    "hooks.storage.pebble, mode Sync",
    (folder) => `pebble: {path: ${folder}/pebble, mode: Sync}`,
  ),
  nats("NATS", "jetstream", ""),
  nats("NATS, sync always", "jetstream, sync_interval always", ", sync_interval: always"),
  {
    name: "FlashMQ",
    settings: "storage_dir",
    program: "fmq/b/flashmq",
    config: ({ folder, port }) =>
      `allow_anonymous true\nstorage_dir ${folder}\nlog_file ${folder}/log\n` +
      `listen {\n  protocol mqtt\n  port ${port}\n}\n`,
    args: ({ config }) => ["--config-file", config],
  },
  {
    name: "aedes, level",
    settings: "aedes-persistence-level over classic-level",
    program: "node",
    config: () => "",
    args: ({ folder, port }) => [AEDES, "PEERS/node", `${folder}/level`, `${port}`],
  },
  {
    name: "amqtt",
    settings: "SessionDBPlugin (SQLite), clear_on_shutdown false",
    program: "am/bin/amqtt",
    username: "promise",
    config: ({ folder, port }) =>
      `listeners: {default: {type: tcp, bind: "127.0.0.1:${port}"}}\nplugins:\n` +
      `  amqtt.plugins.authentication.AnonymousAuthPlugin: {allow_anonymous: false}\n` +
      `  amqtt.contrib.persistence.SessionDBPlugin:\n` +
      `    connection: "sqlite+aiosqlite:///${folder}/amqtt.db"\n    clear_on_shutdown: false\n`,
    args: ({ config }) => ["-c", config],
  },
  {
    name: "rumqttd",
    settings: "it keeps nothing",
    program: "cargo/bin/rumqttd",
    suffix: "toml",
    config: ({ port, other }) =>
      `id = 0\n[router]\nid = 0\nmax_connections = 100\nmax_outgoing_packet_count = 200\n` +
      `max_segment_size = 104857600\nmax_segment_count = 10\n[v4.1]\nname = "a"\n` +
      `listen = "127.0.0.1:${port}"\nnext_connection_delay_ms = 1\n[v4.1.connections]\n` +
      `connection_timeout_ms = 60000\nmax_payload_size = 20480\nmax_inflight_count = 100\n` +
      `dynamic_filters = true\n[console]\nlisten = "127.0.0.1:${other}"\n`,
    args: ({ config }) => ["-q", "-c", config],
  },
];
