/** mosquitto.conf and what belongs to it: every key ends as a key of Midge's or as a note, and no door opens. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/user_error.ts";
import { MOSQUITTO } from "../../access/passwords/vectors.ts";
import { importTexts } from "./support.ts";

const PASSWORDS = `roger:${MOSQUITTO[0]!.hash}\n`;

/** Keys that every import of mosquitto's has, for they are its defaults. */
const DEFAULTS = { max_queued_bytes: 0, max_packet_size: 0, session_expiry_interval: 0 };
const SYS = { broker_sys: { sys_interval: 10 } };

async function importConf(conf: string, others: Record<string, string> = {}) {
  return await importTexts({ "mosquitto.conf": conf, ...others }, ["mosquitto.conf"]);
}

Deno.test("Debian's file: this machine only, everybody may come in", async () => {
  const { broker, config, notes } = await importConf(
    `# Place your local configuration
pid_file /run/mosquitto/mosquitto.pid

persistence true
persistence_location /var/lib/mosquitto/

log_dest file /var/log/mosquitto/mosquitto.log

include_dir /etc/mosquitto/conf.d
`,
    { "conf.d_empty.conf": "" },
  );
  assertEquals(broker, "mosquitto");
  assertEquals(config, {
    listeners: { default: { bind: "127.0.0.1:1883" } },
    plugins: { event_logger: null, auth_anonymous: { allow_anonymous: true }, ...SYS },
    ...DEFAULTS,
    storage: { durability: "full" },
  });
  const moved = "Midge has a store of its own; midge store import takes over what mosquitto.db has";
  assertEquals(notes, [
    "not carried over: log_dest file /var/log/mosquitto/mosquitto.log (mosquitto.conf:7): " +
    "the log goes to stderr; redirect it",
    "not carried over: pid_file (mosquitto.conf:2): whoever runs the service knows its process",
    `not carried over: persistence_location (mosquitto.conf:5): ${moved}`,
  ]);
});

Deno.test("a listener, passwords, limits, log; the printed file says where each was", async () => {
  const { config, draft } = await importConf(
    `listener 1883 192.0.2.1
max_connections 100
password_file /etc/mosquitto/passwd
max_inflight_messages 20
max_queued_messages 0
max_queued_bytes 1000
max_packet_size 2000
persistent_client_expiration 2m
sys_interval 0
log_type error
log_type notice
log_type debug
connection_messages false
`,
    { passwd: PASSWORDS },
  );
  assertEquals(config, {
    listeners: { default: { bind: "192.0.2.1:1883", max_connections: 100 } },
    plugins: { packet_logger: null, auth_file: { password_file: "passwd" } },
    max_inflight: 20,
    max_queued_messages: 0,
    max_queued_bytes: 1000,
    max_packet_size: 2000,
    session_expiry_interval: "60d",
    log: { level: "debug" },
  });
  assertEquals(draft.commentAt(["max_inflight"]), "mosquitto.conf:4");
  assertEquals(draft.commentAt(["plugins", "packet_logger"]), "mosquitto.conf:12");
});

Deno.test("with a listener nobody comes in unless allow_anonymous says so", async () => {
  const plugins = { event_logger: null, ...SYS };
  assertEquals((await importConf("listener 1883 ::1")).config, {
    listeners: { default: { bind: "[::1]:1883" } },
    plugins,
    ...DEFAULTS,
  });
  const { config } = await importConf("port 1884\nallow_anonymous true");
  assertEquals(config.plugins, { auth_anonymous: { allow_anonymous: true }, ...plugins });
});

Deno.test("several listeners; what keeps its clients apart is left out", async () => {
  const { config, notes } = await importConf(`listener 1883
max_connections -1
listener 1883 ::1
listener 1999
mount_point site/
listener 1998
socket_domain ipv6
listener 1997
bind_interface eth0
listener 1996
bind_interface lo
`);
  assertEquals(config.listeners, {
    mqtt_1883: { bind: "0.0.0.0:1883", max_connections: 0 },
    mqtt_1883_2: { bind: "[::1]:1883" },
    mqtt_1998: { bind: "[::]:1998" },
    mqtt_1996: { bind: "127.0.0.1:1996" },
  });
  assertEquals(notes, [
    "not carried over: listener 1999 (mosquitto.conf:4): its mount_point keeps its clients apart " +
    "from the others; left out",
    "not carried over: listener 1997 (mosquitto.conf:8): it listens on the interface eth0 only; write a " +
    "listener with its address; left out",
    'differs: listener 1883 (mosquitto.conf:1): IPv4 only; bind: "[::]:1883" takes IPv6 and IPv4',
    "differs: listener 1998 (mosquitto.conf:6): takes IPv4 too (mosquitto: IPv6 only)",
  ]);
});

Deno.test("when no listener is left, the result listens to this machine only", async () => {
  const { config, notes } = await importConf("listener 8883\nmount_point a/\n");
  assertEquals(config.listeners, { default: { bind: "127.0.0.1:1883" } });
  assertEquals(
    notes[1],
    "differs: listeners: none is left; Midge listens on 127.0.0.1:1883 only",
  );
});

Deno.test("per_listener_settings: listeners with other access settings are left out", async () => {
  const { config, notes } = await importConf(
    `per_listener_settings true
listener 1883 127.0.0.1
password_file passwd
listener 1884 127.0.0.1
password_file passwd
listener 1885 127.0.0.1
allow_anonymous true
`,
    { passwd: PASSWORDS },
  );
  assertEquals(Object.keys(config.listeners as object), ["mqtt_1883", "mqtt_1884"]);
  assertEquals(config.plugins, {
    event_logger: null,
    auth_file: { password_file: "passwd" },
    ...SYS,
  });
  assertEquals(notes, [
    "not carried over: listener 1885 (mosquitto.conf:6): per_listener_settings give it other access " +
    "rules than port 1883; left out: a second Midge can serve it",
  ]);
});

Deno.test("include_dir is read in its place", async () => {
  const { config } = await importConf("include_dir conf.d\nmax_inflight_messages 9", {
    "conf.d_a.conf": "listener 1890 127.0.0.1\nmax_inflight_messages 5",
    "conf.d_b.conf": "max_queued_messages 7",
  });
  assertEquals(config.listeners, { default: { bind: "127.0.0.1:1890" } });
  assertEquals([config.max_inflight, config.max_queued_messages], [9, 7]);
});

Deno.test("a folder that is not there: its files have to be named, for they may be about access", async () => {
  const main = "listener 1890 127.0.0.1\nallow_anonymous true\ninclude_dir conf.d";
  const { config, notes } = await importTexts({
    "mosquitto.conf": main,
    "more.conf": "max_queued_messages 7",
  });
  assertEquals(config.max_queued_messages, 7);
  assertEquals(notes, [
    'not carried over: include_dir (mosquitto.conf:3): there is no folder "conf.d" here; the other files on ' +
    "the command line stand for it",
  ]);
});

Deno.test("an open door beside a plugin that stays behind is closed, and its rights are gone", async () => {
  const { config, notes } = await importConf(
    "listener 1883 ::1\nallow_anonymous true\nauth_plugin /x.so\n",
  );
  assertEquals(config.plugins, { event_logger: null, ...SYS });
  assertEquals(config.acl_nomatch, "deny");
  assertEquals(
    notes.at(-1),
    "not carried over: allow_anonymous (mosquitto.conf:2): left out, because the plugin that stays behind " +
      "decided what such clients may do",
  );
});

Deno.test("message_size_limit: the smaller limit counts, packets are measured whole", async () => {
  const both = await importConf("message_size_limit 1000\nmax_packet_size 500000");
  assertEquals(both.config.max_packet_size, 1000 + 65_544);
  const packet = await importConf("message_size_limit 1000000\nmax_packet_size 500000");
  assertEquals(packet.config.max_packet_size, 500_000);
  const none = await importConf("message_size_limit 0");
  assertEquals(none.config.max_packet_size, 0);
});

for (
  const [text, expected] of [["14d", "14d"], ["3h", "3h"], ["2w", "14d"], ["1y", "365d"]] as const
) {
  Deno.test(`persistent_client_expiration ${text}`, async () => {
    const { config } = await importConf(`persistent_client_expiration ${text}`);
    assertEquals(config.session_expiry_interval, expected);
  });
}

Deno.test("bridges and plugins stay behind, with all their keys in one note each", async () => {
  const { notes, config } = await importConf(`listener 1883 127.0.0.1
allow_anonymous false
plugin /usr/lib/mosquitto_dynamic_security.so
plugin_opt_config_file /var/lib/mosquitto/dynsec.json
connection up
address 192.0.2.9:1883
topic # out 1
remote_username me
remote_password secret
bridge_insecure true
`);
  assertEquals(config.plugins, { event_logger: null, ...SYS });
  assertEquals(notes, [
    "not carried over: plugin (mosquitto.conf:3): mosquitto's plugins do not run here; whom it let in " +
    "is refused, and its rules are gone",
    "not carried over: connection up (mosquitto.conf:5): Midge has no bridges yet",
    "not carried over: plugin_opt_config_file (mosquitto.conf:4): mosquitto's plugins do not run here",
  ]);
});

Deno.test("every key of mosquitto 2's manual ends in the configuration or in a note", async () => {
  const manual = [
    ..."allow_duplicate_messages true,allow_zero_length_clientid false,auto_id_prefix x".split(
      ",",
    ),
    ..."autosave_interval 5,autosave_on_changes true,check_retain_source true".split(","),
    ..."log_facility 5,log_timestamp true,log_timestamp_format %Y".split(","),
    ..."max_inflight_bytes 5,max_keepalive 60,memory_limit 5,persistence_file x".split(","),
    ..."psk_file x,queue_qos0_messages true,retain_available false,retry_interval 5".split(","),
    ..."upgrade_outgoing_qos true,user mosquitto,websockets_log_level 1".split(","),
    ..."websockets_headers_size 9,http_dir x,max_qos 1,max_topic_alias 5,log_dest syslog".split(
      ",",
    ),
  ];
  const { notes } = await importConf(`listener 1883 127.0.0.1\n${manual.join("\n")}\n`);
  for (const line of manual) {
    const key = line.split(" ")[0]!;
    const isNoted = notes.some((note) =>
      note.startsWith(`not carried over: ${key}`) && !note.includes("unknown key")
    );
    assert(isNoted, `${key} is in no note`);
  }
  assertEquals(notes.length, manual.length);
});

Deno.test("keys set to what Midge does anyway need no note", async () => {
  const { notes } = await importConf(
    "listener 1883 ::1\nretain_available true\npersistence false\n" +
      "set_tcp_nodelay true\ncheck_retain_source false\n" +
      "allow_duplicate_messages 0\nper_listener_settings false\nlog_dest stderr\nmax_qos 2",
  );
  assertEquals(notes, []);
});

Deno.test("users without a hash are named; a file without any usable line is refused", async () => {
  const conf = "listener 1883 ::1\npassword_file passwd";
  const { notes } = await importConf(conf, { passwd: `${PASSWORDS}ann:plain\nbob\n` });
  assertEquals(notes.map((note) => note.split(":").slice(0, 3).join(":")), [
    'not carried over: user "ann" (passwd:2)',
    'not carried over: user "bob" (passwd:3)',
  ]);
  assert(notes.every((note) => !note.includes("plain")));
  const refused: UserError = await assertRejects(
    () => importConf(conf, { passwd: "ann:plain\n" }),
    UserError,
  );
  assert(refused.message.startsWith('passwd:1: no line can be used; the first one, of "ann": '));
});

const REFUSED: [what: string, conf: string, problem: string][] = [
  [
    "a password file that is not there",
    "listener 1883\npassword_file /etc/passwd_of_m",
    'mosquitto.conf:2: password_file: there is no file "/etc/passwd_of_m" here; name it on the ' +
    "command line too, wherever it is",
  ],
  [
    "an acl_file that is not there",
    "acl_file nowhere",
    'mosquitto.conf:1: acl_file: there is no file "nowhere" here; name it on the command line too, ' +
    "wherever it is",
  ],
  [
    "a bad port",
    "listener abc",
    'mosquitto.conf:1: listener: got "abc", expected a port and perhaps an address',
  ],
  [
    "a bad switch",
    "allow_anonymous maybe",
    'mosquitto.conf:1: allow_anonymous: got "maybe", expected true or false',
  ],
  [
    "a bad number",
    "max_inflight_messages x",
    'mosquitto.conf:1: max_inflight_messages: got "x", expected a whole number from 0 on',
  ],
  [
    "a bad log type",
    "log_type loud",
    `mosquitto.conf:1: log_type: got "loud", expected one of mosquitto's log types`,
  ],
];

for (const [what, conf, problem] of REFUSED) {
  Deno.test(`refuses ${what}`, async () => {
    const error: UserError = await assertRejects(() => importConf(conf), UserError);
    assertEquals(error.problems, [problem]);
  });
}
