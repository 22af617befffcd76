/** EMQ X 3's and 4's files: listeners and zones, access, limits, acl.conf, the order of plugins. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/user_error.ts";
import { importTexts } from "./support.ts";

const ACL = `{allow, {user, "dashboard"}, subscribe, ["$SYS/#"]}.\n{allow, all}.\n`;

/** What every import has beside what its file says. */
const BESIDE = { acl_nomatch: "deny", session_expiry_interval: "2h", log: { level: "warning" } };
const SYS = { broker_sys: { sys_interval: "1m" } };
const LISTENERS = { external: { bind: "0.0.0.0:1883" } };
const CONF =
  "listener.tcp.external = 0.0.0.0:1883\nzone.external.enable_acl = on\nacl_file = etc/acl.conf\n";

async function importConf(conf: string, others: Record<string, string> = {}) {
  const files = { "emqx.conf": conf, "acl.conf": ACL, ...others };
  return await importTexts(files, ["emqx.conf", ...Object.keys(others)]);
}

Deno.test("access, cache, limits, sessions and log", async () => {
  const { broker, config, notes, draft } = await importConf(`## comments
allow_anonymous = true
acl_nomatch = deny
acl_file = etc/acl.conf
enable_acl_cache = on
acl_cache_max_size = 16
acl_cache_ttl = 1m30s
acl_deny_action = disconnect
mqtt.max_packet_size = 1MB
mqtt.max_topic_levels = 7
zone.external.enable_acl = on
zone.external.idle_timeout = 15s
zone.external.max_packet_size = 64KB
zone.external.max_inflight = 32
zone.external.max_mqueue_len = 500
zone.external.session_expiry_interval = 90m   ## a comment
zone.external.acl_deny_action = ignore
listener.tcp.external = 1883
listener.tcp.external.max_connections = 1000
listener.tcp.external.zone = external
broker.sys_interval = 30s
log.level = debug
`);
  assertEquals(broker, "EMQ X");
  assertEquals(config, {
    listeners: { external: { bind: "0.0.0.0:1883", max_connections: 1000 } },
    plugins: {
      event_logger: null,
      auth_anonymous: { allow_anonymous: true },
      acl_file: { file: "acl.conf" },
      broker_sys: { sys_interval: "30s" },
    },
    acl_nomatch: "deny",
    acl_deny_action: "ignore",
    acl_cache: { enable: true, max_size: 16, ttl: "90s" },
    max_packet_size: "64KiB",
    max_topic_levels: 7,
    max_inflight: 32,
    max_queued_messages: 500,
    connect_timeout: "15s",
    session_expiry_interval: "90m",
    log: { level: "debug" },
  });
  assertEquals(notes.map((note) => note.split(":").slice(0, 3).join(":")), [
    "differs: acl_file (emqx.conf:4)",
  ]);
  assertEquals(draft.commentAt(["max_packet_size"]), "emqx.conf:13");
});

Deno.test("allow_anonymous false, or nothing about it: nobody comes in without a source", async () => {
  for (const line of ["", "allow_anonymous = false\n", "allow_anonymous = false_quick_deny\n"]) {
    const { config } = await importConf(CONF + line);
    assertEquals(config, {
      listeners: LISTENERS,
      plugins: { event_logger: null, acl_file: { file: "acl.conf" }, ...SYS },
      ...BESIDE,
    });
  }
});

Deno.test("listeners of a zone that asks for other things are left out", async () => {
  const { config, notes } = await importConf(`${CONF}zone.internal.allow_anonymous = true
zone.internal.bypass_auth_plugins = true
zone.other.enable_acl = on
zone.strict.enable_acl = on
zone.strict.acl_deny_action = disconnect
listener.tcp.internal = 127.0.0.1:11883
listener.tcp.internal.zone = internal
listener.tcp.internal.acceptors = 4
listener.tcp.other = 127.0.0.1:1884
listener.tcp.other.zone = other
listener.tcp.strict = 127.0.0.1:1885
listener.tcp.strict.zone = strict
listener.tcp.v6 = ::1:1886
listener.ws.internal = 127.0.0.1:8083
listener.ws.internal.zone = internal
`);
  assertEquals(config.listeners, {
    ...LISTENERS,
    other: { bind: "127.0.0.1:1884" },
    v6: { bind: "[::1]:1886" },
  });
  assertEquals(notes.slice(0, 3), [
    "not carried over: listener.tcp.internal (emqx.conf:9): its zone, internal, asks nobody for a " +
    "password; left out",
    "not carried over: listener.tcp.strict (emqx.conf:14): its zone, strict, has other access settings " +
    "than external; left out",
    "not carried over: listener.ws.internal (emqx.conf:17): its zone, internal, asks nobody for a " +
    "password; left out",
  ]);
});

Deno.test("a listener that tells addresses apart stays on this machine", async () => {
  const { config, notes } = await importConf(
    `${CONF}listener.tcp.external.access.1 = allow 10.0.0.0/8
listener.tcp.external.access.2 = deny all
`,
  );
  assertEquals(config.listeners, { external: { bind: "127.0.0.1:1883" } });
  assert(
    notes.some((note) => note.startsWith("not carried over: listener.tcp.external.access.1 (")),
  );
});

Deno.test("no listener left, and a zone that asks nobody: this machine only", async () => {
  const { config } = await importConf(`zone.external.bypass_auth_plugins = true
zone.external.enable_acl = on
listener.tcp.external = 1883
`);
  assertEquals(config.listeners, { default: { bind: "127.0.0.1:1883" } });
});

Deno.test("a zone that does not switch rights on has none checked", async () => {
  const { config, notes } = await importConf(
    "listener.tcp.external = 0.0.0.0:1883\nlistener.tcp.external.zone = external\n" +
      "zone.external.idle_timeout = 15s\nacl_file = etc/acl.conf\n",
  );
  assertEquals(config.plugins, { event_logger: null, ...SYS });
  assertEquals(config.connect_timeout, "15s");
  assertEquals(config.acl_nomatch, "allow");
  assert(notes.includes(
    "differs: zone.external.enable_acl: no rights are checked, for the zone external does not switch them on",
  ));
});

Deno.test("a session that expires at once lasts a second; 0 would be for ever here", async () => {
  const { config } = await importConf(`${CONF}zone.external.session_expiry_interval = 0s`);
  assertEquals(config.session_expiry_interval, 1);
});

Deno.test("without acl_file there are no rules, and without acl_nomatch they deny", async () => {
  const { config } = await importConf(
    CONF.replace(/acl_file.*\n/, "broker.sys_interval = disabled\n"),
  );
  assertEquals(config.plugins, { event_logger: null });
  assertEquals(config.acl_nomatch, "deny");
});

Deno.test("an acl.conf on the command line stands for the one that emqx.conf names", async () => {
  const { config } = await importTexts({ "emqx.conf": CONF, "my_acl.conf": ACL });
  assertEquals((config.plugins as Record<string, unknown>).acl_file, { file: "my_acl.conf" });
});

Deno.test("the retainer's limit", async () => {
  const { config, notes } = await importConf(CONF, {
    "emqx_retainer.conf": "retainer.storage_type = ram\nretainer.max_retained_messages = 5000\n" +
      "retainer.max_payload_size = 1MB\nretainer.expiry_interval = 0\n",
  });
  assertEquals(config.max_retained, 5000);
  assertEquals(notes.filter((note) => note.includes("retainer")), [
    "not carried over: retainer.max_payload_size (emqx_retainer.conf:3): retained messages have no limits " +
    "of their own in size or time",
  ]);
});

Deno.test("everything else is noted, settings of one kind together", async () => {
  const cluster = Array.from({ length: 13 }, (_, index) => `cluster.key_${index} = x`).join("\n");
  const { notes } = await importConf(`${CONF}${cluster}
node.name = emqx@127.0.0.1
log.to = file
zone.external.mqueue_store_qos0 = true
zone.external.upgrade_qos = off
zone.external.use_username_as_clientid = false
zone.external.quota.conn_messages_routing = 100,10s
listener.tcp.external.proxy_protocol = off
listener.tcp.external.acceptor_pool = 1000
module.rewrite.rule.1 = x/# ^x/y/(.+)$ z/y/$1
flapping_detect_policy = 30, 1m, 5m
zone.external.enable_flapping_detect = off
acl_order = file
nonsense = 1
`);
  const rest = notes.filter((note) => !note.startsWith("differs"));
  assertEquals(rest, [
    "not carried over: acl_order (emqx.conf:28): sources are asked for rights in the order of plugins",
    "not carried over: zone.external.mqueue_store_qos0 (emqx.conf:19): QoS 0 is not kept for clients that are away",
    "not carried over: cluster.*, rpc.* (13 settings) (emqx.conf:4): Midge is one process",
    "not carried over: node.name (emqx.conf:17): there is no Erlang VM",
    "not carried over: log.to (emqx.conf:18): the log goes to stderr; redirect it",
    "not carried over: module.rewrite.rule.1 (emqx.conf:25): Midge has no such modules",
    "not carried over: zone.external.quota.conn_messages_routing (emqx.conf:22): Midge has no such setting",
    "not carried over: listener.tcp.external.acceptor_pool (emqx.conf:24): Midge has no such limits or options of a listener",
    "not carried over: nonsense (emqx.conf:29): unknown key",
  ]);
});

const REFUSED: [what: string, conf: string, problem: string][] = [
  [
    "an acl.conf that is not there",
    `${CONF}acl_file = etc/other.conf`,
    'emqx.conf:4: acl_file: there is no file "etc/other.conf" here; name it on the command line too, wherever it is',
  ],
  [
    "a bad duration",
    `${CONF}acl_cache_ttl = soon`,
    'emqx.conf:4: acl_cache_ttl: got "soon", expected a duration such as 5s',
  ],
  [
    "a bad size",
    `${CONF}mqtt.max_packet_size = big`,
    'emqx.conf:4: mqtt.max_packet_size: got "big", expected a size such as 64KB or 1MB',
  ],
  [
    "a bad number",
    `${CONF}acl_cache_max_size = many`,
    'emqx.conf:4: acl_cache_max_size: got "many", expected a whole number from 0 on',
  ],
  [
    "a bad switch",
    `${CONF}enable_acl_cache = 7`,
    'emqx.conf:4: enable_acl_cache: got "7", expected true or false',
  ],
  [
    "a bad allow_anonymous",
    `${CONF}allow_anonymous = perhaps`,
    'emqx.conf:4: allow_anonymous: got "perhaps", expected true, false or false_quick_deny',
  ],
  [
    "a bad log level",
    `${CONF}log.level = loud`,
    'emqx.conf:4: log.level: got "loud", expected one of EMQ X\'s log levels',
  ],
];

for (const [what, conf, problem] of REFUSED) {
  Deno.test(`refuses ${what}`, async () => {
    const error: UserError = await assertRejects(() => importConf(conf), UserError);
    assertEquals(error.problems, [problem]);
  });
}

Deno.test("refuses an acl.conf with a mistake, with its line and column", async () => {
  const error: UserError = await assertRejects(
    () => importTexts({ "emqx.conf": CONF, "acl.conf": "{allow, all}.\n{deny, all, }." }),
    UserError,
  );
  assert(error.message.startsWith("acl.conf:2:13: "), error.message);
});
