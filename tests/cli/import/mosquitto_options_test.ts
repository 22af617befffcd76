/**
 * Every option of mosquitto 2.0 and 2.1, by the list of its own parser: what says something else than mosquitto's
 * default is carried over, noted or refused; what keeps people out closes the door where it is not carried over.
 */
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { isBridgeKey, isPartKey } from "../../../lib/cli/import/mosquitto_keys.ts";
import { isMosquittoKey } from "../../../lib/cli/import/mosquitto_general.ts";
import { UserError } from "../../../lib/user_error.ts";
import { MOSQUITTO } from "../../access/passwords/vectors.ts";
import { importTexts, type Outcome } from "./support.ts";

const BASE = "listener 1883 192.0.2.1\nallow_anonymous true\n";
const FILES = {
  passwd: `roger:${MOSQUITTO[0]!.hash}\n`,
  aclfile: "topic read a\n",
};

/** What keeps people out, or apart; there is no key of Midge's for it. */
const KEEPS_OUT = [
  "accept_protocol_versions 5",
  "bind_interface eth0",
  "clientid_prefixes sensor-",
  "mount_point a/",
  "proxy_protocol_v2_require_tls true",
  "psk_hint a",
  "require_certificate true",
  "use_identity_as_username true",
  "use_subject_as_username true",
  "use_username_as_clientid true",
];

/** Everything else that is no bridge's, with a value that is not the default. */
const OTHERS = [
  ..."acl_file aclfile,allow_duplicate_messages true,allow_zero_length_clientid false".split(","),
  ..."auth_plugin a.so,auto_id_prefix a,autosave_interval 5,autosave_on_changes true".split(","),
  ..."cafile a,capath a,certfile a,check_retain_source true".split(","),
  ..."ciphers a,ciphers_tls1.3 a,connection_messages false,crlfile a,dhparamfile a".split(","),
  ..."enable_control_api true,enable_proxy_protocol 2,global_max_clients 5,global_max_connections 5"
    .split(","),
  ..."global_plugin a.so,http_dir a,keyfile a,log_dest syslog,log_facility 5".split(","),
  ..."log_timestamp false,log_timestamp_format a,log_type error,max_connections 5".split(","),
  ..."max_inflight_bytes 5,max_inflight_messages 5,max_keepalive 50,max_packet_size 50".split(","),
  ..."max_qos 1,maximum_qos 1,max_queued_bytes 5,max_queued_messages 5,max_topic_alias 5".split(
    ",",
  ),
  ..."max_topic_alias_broker 5,memory_limit 5,message_size_limit 5,password_file passwd".split(","),
  ..."persistence true,retained_persistence true,persistence_file a,pid_file a".split(","),
  ..."persistence_location a,persistent_client_expiration 5d,plugin a.so,plugin_load a b".split(
    ",",
  ),
  ..."plugin_use a,protocol websockets,psk_file a".split(","),
  ..."queue_qos0_messages true,retain_available false,retry_interval 5".split(","),
  ..."sys_interval 5,tls_engine a,tls_keyform engine,tls_version tlsv1.2".split(","),
  ..."disable_client_cert_date_checks true,upgrade_outgoing_qos true,user a".split(","),
  ..."websockets_headers_size 5,websockets_log_level 5,websockets_origin a".split(","),
];

/** Not tried alone: what begins a part, and what other tests are about. */
const ELSEWHERE =
  "listener,port,bind_address,connection,include_dir,per_listener_settings,allow_anonymous,socket_domain," +
  "set_tcp_nodelay,auth_plugin_deny_special_chars,tls_engine_kpass_sha1";

async function importConf(conf: string): Promise<Outcome> {
  return await importTexts({ "mosquitto.conf": conf, ...FILES }, ["mosquitto.conf"]);
}

/** What people see of an import, without places. */
function seen({ config, notes }: Outcome): unknown {
  return [config, notes.map((note) => note.replace(/\(mosquitto\.conf:\d+\)/, ""))];
}

/** Does any plugin let people in? */
function letsIn({ config }: Outcome): boolean {
  const names = Object.keys(config.plugins as object);
  return names.some((name) => !["event_logger", "broker_sys", "acl_file"].includes(name));
}

Deno.test("every option is in one of the lists", () => {
  const tried = [...KEEPS_OUT, ...OTHERS].map((line) => line.split(" ")[0]!);
  for (const key of tried) assert(isMosquittoKey(key), `${key} is no key`);
  assertEquals(new Set(tried).size, tried.length);
  const known = KEYS.filter((key) => isPartKey(key) || isMosquittoKey(key));
  assertEquals(known, KEYS);
  const missing = KEYS.filter((key) =>
    !isBridgeKey(key) && !tried.includes(key) && !ELSEWHERE.split(",").includes(key) &&
    !key.includes("_opt_")
  );
  assertEquals(missing, []);
});

Deno.test("no option is dropped in silence", async () => {
  const usual = seen(await importConf(BASE));
  for (const line of [...KEEPS_OUT, ...OTHERS]) {
    assertNotEquals(seen(await importConf(BASE + line)), usual, line);
  }
});

Deno.test("nor where each listener has settings of its own", async () => {
  const base = `per_listener_settings true\n${BASE}`;
  const usual = seen(await importConf(base));
  const twice = ["plugin a.so\nplugin b.so", "plugin a.so\nplugin_opt_a b"];
  for (const line of [...KEEPS_OUT, ...OTHERS]) {
    assertNotEquals(seen(await importConf(base + line)), usual, line);
  }
  for (const lines of twice) {
    const { notes } = await importConf(base + lines);
    const of = (number: number) =>
      notes.filter((note) => note.includes(`(mosquitto.conf:${number})`));
    assertEquals([of(4).length, of(5).length], [1, 1], lines);
  }
});

Deno.test("what keeps people out leaves no door open", async () => {
  assert(letsIn(await importConf(BASE)));
  for (const line of KEEPS_OUT) {
    const outcome = await importConf(BASE + line);
    assertEquals(outcome.config.listeners, { default: { bind: "127.0.0.1:1883" } }, line);
    assert(!letsIn(outcome), line);
    const withPasswords = await importConf(`${BASE}password_file passwd\n${line}`);
    assert(!letsIn(withPasswords), line);
  }
});

Deno.test("beside a plugin, which is asked first, no one comes in by a password either", async () => {
  for (
    const line of ["plugin a.so", "auth_plugin a.so", "global_plugin a.so", "plugin_load a b.so"]
  ) {
    const outcome = await importConf(`${BASE}password_file passwd\n${line}\n`);
    assert(!letsIn(outcome), line);
    assert(outcome.notes.some((note) => note.startsWith("not carried over: password_file")), line);
  }
});

Deno.test("what keeps people out of one listener leaves the others as they are", async () => {
  for (const line of KEEPS_OUT.filter((one) => !one.startsWith("clientid_prefixes"))) {
    const outcome = await importConf(`${BASE}listener 1884 192.0.2.1\n${line}`);
    assertEquals(outcome.config.listeners, { default: { bind: "192.0.2.1:1883" } }, line);
    assert(letsIn(outcome), line);
  }
});

Deno.test("a bridge's option is in the bridge's note, and an error without a bridge", async () => {
  for (const key of KEYS.filter(isBridgeKey)) {
    await assertRejects(() => importConf(`${BASE}${key} a`), UserError, `${key}: there is no`);
    const { notes } = await importConf(`${BASE}connection up\n${key} a`);
    assert(notes.some((note) => note.startsWith("not carried over: connection up")), key);
  }
});

/** The keys that conf.c of 2.0.20 and 2.1.0 compares with. */
const KEYS =
  `accept_protocol_versions acl_file address addresses allow_anonymous allow_duplicate_messages
allow_zero_length_clientid auth_opt_a auth_plugin auth_plugin_deny_special_chars auto_id_prefix autosave_interval
autosave_on_changes bind_address bind_interface bridge_alpn bridge_attempt_unsubscribe bridge_bind_address bridge_cafile
bridge_capath bridge_certfile bridge_ciphers bridge_identity bridge_insecure bridge_keyfile bridge_max_packet_size
bridge_max_topic_alias bridge_outgoing_retain bridge_protocol_version bridge_psk bridge_receive_maximum
bridge_reload_type bridge_require_ocsp bridge_session_expiry_interval bridge_tcp_keepalive bridge_tls_version cafile
capath certfile check_retain_source ciphers ciphers_tls1.3 cleansession clientid clientid_prefixes connection
connection_messages crlfile dhparamfile disable_client_cert_date_checks enable_control_api enable_proxy_protocol
global_max_clients global_max_connections global_plugin http_dir idle_timeout include_dir keepalive_interval keyfile
listener local_cleansession local_clientid local_password local_username log_dest log_facility log_timestamp
log_timestamp_format log_type max_connections max_inflight_bytes max_inflight_messages max_keepalive max_packet_size
max_qos max_queued_bytes max_queued_messages max_topic_alias max_topic_alias_broker maximum_qos memory_limit
message_size_limit mount_point notification_topic notifications notifications_local_only password password_file
per_listener_settings persistence persistence_file persistence_location persistent_client_expiration pid_file plugin
plugin_load plugin_opt_a plugin_use port protocol proxy_protocol_v2_require_tls psk_file psk_hint queue_qos0_messages
remote_clientid remote_password remote_username require_certificate restart_timeout retain_available
retained_persistence retry_interval round_robin set_tcp_nodelay socket_domain start_type sys_interval threshold
tls_engine tls_engine_kpass_sha1 tls_keyform tls_version topic try_private upgrade_outgoing_qos
use_identity_as_username use_subject_as_username use_username_as_clientid user username websockets_headers_size
websockets_log_level websockets_origin`.split(/\s+/);
