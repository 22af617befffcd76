/**
 * config.yaml, which `deno task config` writes from the tables: what stands in it, in order. Invariant: every key
 * that is not hidden is in one of the groups.
 */
import { ACCESS_KEYS, TOPIC_KEYS } from "./access_keys.ts";
import { BROKER_KEYS } from "./broker_keys.ts";
import { SIZE_LIMITS, TIME_LIMITS } from "./limit_keys.ts";
import { MQTT_LIMITS } from "./mqtt_keys.ts";
import { type Page, pageText } from "./page.ts";

const WIDTH = 110;

const HEAD =
  "The configuration of Midge: what holds when no file is given, but that only this machine reaches the broker then (bind: 127.0.0.1:1883). Every key is here, at work or commented out with " +
  "its default. A key left out means its default, and so does a key without a value, but for plugins (none), " +
  "storage and management (off) and session_expiry_interval (never).\n" +
  "  midge start --config config.yaml       midge check --config config.yaml\n" +
  "\n" +
  "Hyphens may be written for underscores in keys (max-connections). Durations: a number is seconds, or 500ms, " +
  "5s, 1m, 2h, 7d. Sizes: a number is bytes, or 64KiB, 1MiB, 1GiB. Limits: 0 is no limit. Paths are relative to " +
  "the folder of this file.";

const { edge, listeners, plugins, flapping_detect, acl_cache, data_dir, storage, management, log } =
  BROKER_KEYS;

/** What stands in config.yaml. */
export const BROKER_PAGE: Page = [
  HEAD,
  { edge },
  { listeners },
  { plugins },
  "Limits. The defaults suit a board with 1 GiB of memory as well as a server.",
  SIZE_LIMITS,
  TIME_LIMITS,
  "What of MQTT is offered.",
  MQTT_LIMITS,
  { flapping_detect },
  "Who may do what, when plugins decide about topics.",
  { ...ACCESS_KEYS, ...TOPIC_KEYS, acl_cache },
  { data_dir },
  { storage },
  { management },
  { log },
];

/** The text of config.yaml. */
export function configYaml(): string {
  return pageText(BROKER_PAGE, WIDTH);
}
