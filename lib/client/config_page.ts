/**
 * The client's configuration file with every key, which `deno task config` writes into docs/CLIENT.md from the
 * table: what stands in it, in order. Invariant: every key that is not hidden is in one of the groups.
 */
import { type Page, pageText } from "../config/page.ts";
import {
  CHECK_KEYS,
  CLIENT_KEYS,
  LIMIT_KEYS,
  MESSAGE_KEYS,
  RECONNECT_KEYS,
  SESSION_KEYS,
} from "./config_keys.ts";
import { MQTT5_KEYS } from "./mqtt5_keys.ts";

const WIDTH = 95;

const { connection, topics, will, plugins } = CLIENT_KEYS;

/** What stands in the file. */
export const CLIENT_PAGE: Page = [
  { connection, ...CHECK_KEYS },
  SESSION_KEYS,
  { ...MESSAGE_KEYS, topics, will },
  MQTT5_KEYS,
  RECONNECT_KEYS,
  LIMIT_KEYS,
  { plugins },
];

/** The text of the file. */
export function clientYaml(): string {
  return pageText(CLIENT_PAGE, WIDTH);
}
