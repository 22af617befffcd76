/**
 * Settings above the first `listener`: mosquitto opens a listener of their own for them, on port 1883 of all addresses,
 * where they say something else than what it does anyway. Invariant: what opens none in mosquitto opens none here.
 */
import { flagOf, numberOf, wordOf } from "./mosquitto_values.ts";
import type { Statement } from "./statements.ts";

/** These open none, whatever they say. */
const QUIET = new Set([
  "accept_protocol_versions",
  "acl_file",
  "allow_anonymous",
  "auto_id_prefix",
  "disable_client_cert_date_checks",
  "http_dir",
  "max_topic_alias",
  "max_topic_alias_broker",
  "tls_version",
  "websockets_origin",
]);

const SWITCHES: Readonly<Record<string, boolean>> = {
  allow_zero_length_clientid: true,
  proxy_protocol_v2_require_tls: false,
  require_certificate: false,
  use_identity_as_username: false,
  use_subject_as_username: false,
  use_username_as_clientid: false,
};

/** Does mosquitto open a listener for this setting? */
export function opensListener(statement: Statement): boolean {
  const { key } = statement;
  if (QUIET.has(key)) return false;
  if (key === "protocol") return wordOf(statement) !== "mqtt";
  if (key === "tls_keyform") return wordOf(statement) === "engine";
  if (key === "max_qos") return numberOf(statement, 0, 2) !== 2;
  if (key === "max_connections") return numberOf(statement, -Number.MAX_SAFE_INTEGER) >= 0;
  if (key === "enable_proxy_protocol") return numberOf(statement, 0, 2) !== 0;
  return !Object.hasOwn(SWITCHES, key) || flagOf(statement) !== SWITCHES[key];
}
