/**
 * Brokers of others: which program each is, and how it is told its port and what to keep. Invariants: what a broker's
 * makers call its default stays, but for the address, a folder of its own, that anyone may connect, and bounds that the
 * loads here reach; a variant names what it adds.
 */

/** One broker with one configuration. */
export interface Peer {
  readonly name: string;
  /** What its configuration says about persistence, for people. */
  readonly settings: string;
  /** The program; it is looked for in the folder of the peers, then on the PATH. */
  readonly program: string;
  /** What has to be there beside the program, in the folder of the peers. */
  readonly installed?: string;
  /** What its configuration file ends with; default yaml. */
  readonly suffix?: string;
  /** Who its clients are, where it keeps nothing of those without a name. */
  readonly username?: string;
  /** Seconds, where it lets no one in without a keep-alive. */
  readonly keepAlive?: number;
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

const here = (path: string) => new URL(path, import.meta.url).pathname;

const dashC = ({ config }: Place) => ["-c", config];

/** Debian's, keeping its database in the folder. @param more lines of its configuration */
export const mosquitto = (name: string, settings: string, more = ""): Peer => ({
  name,
  settings,
  program: "mosquitto",
  config: ({ folder, port }) =>
    `user root\nlistener ${port} 127.0.0.1\nallow_anonymous true\npersistence true\n` +
    `persistence_location ${folder}/\n${more}`,
  args: dashC,
});

/** Of the 2.1 series, built; its database is the plugin's. */
export const mosquitto21: Peer = {
  name: "mosquitto 2.1, SQLite",
  settings: "plugin mosquitto_persist_sqlite.so",
  program: "mosquitto21/src/mosquitto",
  config: ({ folder, port }) =>
    `user root\nlistener ${port} 127.0.0.1\nallow_anonymous true\n` +
    `plugin PEERS/mosquitto21/plugins/persist-sqlite/mosquitto_persist_sqlite.so\n` +
    `plugin_opt_db_file ${folder}/mosquitto.sqlite3\n`,
  args: dashC,
};

/** @param storage what its storage hook is told; without it, it keeps nothing on the disk */
export const mochi = (
  name: string,
  settings: string,
  storage?: (folder: string) => string,
): Peer => ({
  name,
  settings,
  program: "go/mochi-docker",
  config: ({ folder, port }) =>
    `listeners: [{type: tcp, id: a, address: "127.0.0.1:${port}"}]\nhooks: {auth: {allow_all: true}` +
    `${storage === undefined ? "" : `, storage: {${storage(folder)}}`}}\n`,
  args: ({ config }) => ["--config", config],
});

/** @param more behind JetStream's folder */
export const nats = (name: string, settings: string, more: string): Peer => ({
  name,
  settings,
  program: "go/nats-server",
  config: ({ folder, port, other }) =>
    `server_name: a\nlisten: "127.0.0.1:${other}"\njetstream {store_dir: "${folder}"${more}}\n` +
    `mqtt {listen: "127.0.0.1:${port}"}\n`,
  args: dashC,
});

/** Built. */
export const flashMq: Peer = {
  name: "FlashMQ",
  settings: "storage_dir",
  program: "fmq/b/flashmq",
  config: ({ folder, port }) =>
    `allow_anonymous true\nstorage_dir ${folder}\nlog_file ${folder}/log\n` +
    `listen {\n  protocol mqtt\n  port ${port}\n}\n`,
  args: ({ config }) => ["--config-file", config],
};

/** Under Node, in memory. */
export const aedes: Peer = {
  name: "aedes, Node",
  settings: "in memory",
  program: "node",
  installed: "node/node_modules/aedes",
  config: () => "",
  args: ({ port }) => [here("aedes.mjs"), "PEERS/node", `${port}`],
};

/** Under Node, over LevelDB. */
export const aedesLevel: Peer = {
  name: "aedes, level",
  settings: "aedes-persistence-level over classic-level",
  program: "node",
  installed: "node/node_modules/classic-level",
  config: () => "",
  args: ({ folder, port }) => [here("aedes_level.mjs"), "PEERS/node", `${folder}/level`, `${port}`],
};

/** @param plugins its plugins for access and storage, in YAML */
export const amqtt = (
  name: string,
  settings: string,
  plugins: (folder: string) => string,
): Peer => ({
  name,
  settings,
  program: "am/bin/amqtt",
  installed: "am/lib",
  config: ({ folder, port }) =>
    `listeners: {default: {type: tcp, bind: "127.0.0.1:${port}"}}\nplugins:\n${plugins(folder)}`,
  args: dashC,
});

/** It keeps nothing, and refuses keep-alive 0. */
export const rumqttd: Peer = {
  name: "rumqttd",
  settings: "it keeps nothing",
  program: "cargo/bin/rumqttd",
  suffix: "toml",
  keepAlive: 300,
  config: ({ port, other }) =>
    `id = 0\n[router]\nid = 0\nmax_connections = 20000\nmax_outgoing_packet_count = 200\n` +
    `max_segment_size = 104857600\nmax_segment_count = 10\n[v4.1]\nname = "a"\n` +
    `listen = "127.0.0.1:${port}"\nnext_connection_delay_ms = 1\n[v4.1.connections]\n` +
    `connection_timeout_ms = 60000\nmax_payload_size = 20480\nmax_inflight_count = 100\n` +
    `dynamic_filters = true\n[console]\nlisten = "127.0.0.1:${other}"\n`,
  args: ({ config }) => ["-q", "-c", config],
};

/** Those that registries have, in memory where they can be: what Midge is compared with beside mosquitto. */
export const COMPARED: readonly Peer[] = [
  mochi("mochi", "in memory"),
  rumqttd,
  aedes,
  amqtt(
    "aMQTT",
    "in memory",
    () =>
      `  amqtt.plugins.authentication.AnonymousAuthPlugin: {allow_anonymous: true}\n` +
      `  amqtt.plugins.sys.broker.BrokerSysPlugin: {sys_interval: 20}\n`,
  ),
];
