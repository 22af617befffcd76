/** Brokers whose promises are tried, each told to keep what it has in a folder. Invariant: a variant names what it adds. */
import * as programs from "../peers/programs.ts";

/** In the order of the table. */
export const PEERS: readonly programs.Peer[] = [
  programs.mosquitto("mosquitto 2.0", "persistence true"),
  programs.mosquitto(
    "mosquitto 2.0, on changes",
    "persistence true, autosave_on_changes true, autosave_interval 1",
    "autosave_on_changes true\nautosave_interval 1\n",
  ),
  programs.mosquitto21,
  programs.mochi(
    "mochi, bolt",
    "hooks.storage.bolt",
    (folder) => `bolt: {path: ${folder}/bolt.db}`,
  ),
  programs.mochi(
    "mochi, badger",
    "hooks.storage.badger",
    (folder) => `badger: {path: ${folder}/badger}`,
  ),
  programs.mochi(
    "mochi, pebble",
    "hooks.storage.pebble, mode Sync",
    (folder) => `pebble: {path: ${folder}/pebble, mode: Sync}`,
  ),
  programs.nats("NATS", "jetstream", ""),
  programs.nats("NATS, sync always", "jetstream, sync_interval always", ", sync_interval: always"),
  programs.flashMq,
  programs.aedesLevel,
  {
    ...programs.amqtt(
      "amqtt",
      "SessionDBPlugin (SQLite), clear_on_shutdown false",
      (folder) =>
        `  amqtt.plugins.authentication.AnonymousAuthPlugin: {allow_anonymous: false}\n` +
        `  amqtt.contrib.persistence.SessionDBPlugin:\n` +
        `    connection: "sqlite+aiosqlite:///${folder}/amqtt.db"\n    clear_on_shutdown: false\n`,
    ),
    username: "promise",
  },
  programs.rumqttd,
];
