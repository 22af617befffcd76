/**
 * Every option of EMQ X 4's listeners and zones, by its schema, and its auth plugins' defaults: what says something
 * else than the default is carried over or noted; what keeps people out closes the door where it is not carried over.
 */
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/user_error.ts";
import { importTexts, type Outcome } from "./support.ts";

const ACL = '{allow, {user, "a"}, subscribe, ["x"]}.\n';
const BASE = "listener.tcp.external = 192.0.2.1:1883\nlistener.tcp.external.zone = external\n" +
  "zone.external.enable_acl = on\nallow_anonymous = true\nacl_file = etc/acl.conf\n";

/** What keeps people out, or apart; there is no key of Midge's for it. */
const KEEPS_OUT = [
  "listener.tcp.external.access.1 = deny all",
  "listener.tcp.external.peer_cert_as_clientid = cn",
  "listener.tcp.external.peer_cert_as_username = cn",
  "zone.external.mountpoint = a/%u/",
  "zone.external.use_username_as_clientid = true",
];

/** Everything else, with a value that is not the default. */
const OTHERS =
  `acl_cache_max_size = 5; acl_cache_ttl = 5s; acl_deny_action = disconnect; acl_nomatch = allow
acl_order = http; enable_acl_cache = off; broker.sys_interval = 5s; broker.sys_heartbeat = 5s
broker.shared_subscription_strategy = random; modules.loaded_file = a; plugins.loaded_file = a
listener.tcp.external.access.1 = allow 10.0.0.0/8; listener.tcp.external.max_conn_rate = 5
listener.tcp.external.max_connections = 5; listener.tcp.external.proxy_protocol = on; listener.tcp.external.rate_limit = 5,10s
mqtt.exclusive_subscription = true; mqtt.ignore_loop_deliver = true; mqtt.max_clientid_len = 5
mqtt.max_packet_size = 5KB; mqtt.max_qos_allowed = 1; mqtt.max_topic_alias = 5; mqtt.max_topic_levels = 5
mqtt.response_information = a; mqtt.retain_available = false; mqtt.shared_subscription = false
mqtt.strict_mode = true; mqtt.wildcard_subscription = false
zone.external.acl_deny_action = disconnect; zone.external.acl_nomatch = allow
zone.external.allow_anonymous = false; zone.external.await_rel_timeout = 5s
zone.external.bypass_auth_plugins = true; zone.external.conn_congestion.alarm = on
zone.external.enable_ban = on; zone.external.enable_acl = off
zone.external.enable_flapping_detect = on; zone.external.exclusive_subscription = true
zone.external.force_gc_policy = 5|5MB; zone.external.force_shutdown_policy = 5|5MB
zone.external.idle_timeout = 5s; zone.external.ignore_loop_deliver = true
zone.external.keepalive_backoff = 1.5; zone.external.max_awaiting_rel = 5; zone.external.max_clientid_len = 5
zone.external.max_inflight = 5; zone.external.max_mqueue_len = 5; zone.external.max_packet_size = 5KB
zone.external.max_qos_allowed = 1; zone.external.max_subscriptions = 5; zone.external.max_topic_alias = 5
zone.external.max_topic_levels = 5; zone.external.mqueue_default_priority = highest
zone.external.mqueue_priorities = a=1; zone.external.mqueue_store_qos0 = true; zone.external.publish_limit = 5,10s
zone.external.quota.conn_messages_routing = 5,10s; zone.external.quota.overall_messages_routing = 5,10s
zone.external.rate_limit.conn_bytes_in = 5KB,10s; zone.external.rate_limit.conn_messages_in = 5,10s
zone.external.response_information = a; zone.external.retain_available = false; zone.external.retry_interval = 5s
zone.external.server_keepalive = 5; zone.external.session_expiry_interval = 5s
zone.external.shared_subscription = false; zone.external.strict_mode = true; zone.external.upgrade_qos = on
zone.external.wildcard_subscription = false; zone.other.max_inflight = 5`.split(/;\s*|\n/);

async function importConf(conf: string, others: Record<string, string> = {}): Promise<Outcome> {
  const files = { "emqx.conf": conf, ...others };
  return await importTexts({ ...files, "acl.conf": ACL }, Object.keys(files));
}

/** The text of a base without the key that a line sets. */
function withLine(line: string): string {
  const key = line.split(" = ")[0]!;
  return BASE.split("\n").filter((one) => !one.startsWith(`${key} =`)).join("\n") + `${line}\n`;
}

function seen({ config, notes }: Outcome): unknown {
  return [config, notes.map((note) => note.replace(/\(emqx\.conf:\d+\)/, ""))];
}

/** Does any plugin let people in? */
function letsIn({ config }: Outcome): boolean {
  const names = Object.keys(config.plugins as object);
  return names.some((name) => !["event_logger", "broker_sys", "acl_file"].includes(name));
}

Deno.test("no option is dropped in silence", async () => {
  const usual = seen(await importConf(BASE));
  for (const line of [...KEEPS_OUT, ...OTHERS]) {
    assertNotEquals(seen(await importConf(withLine(line))), usual, line);
  }
});

const REDIS = { "r.conf": "auth.redis.server = 127.0.0.1\nauth.redis.auth_cmd = HGET a:%u p\n" };

Deno.test("what keeps people out leaves no door open", async () => {
  assert(letsIn(await importConf(BASE)));
  for (const line of KEEPS_OUT) {
    const outcome = await importConf(withLine(line));
    const [listener] = Object.values(outcome.config.listeners as object);
    assertEquals(listener, { bind: "127.0.0.1:1883" }, line);
    assert(!letsIn(outcome), line);
    assert(!letsIn(await importConf(withLine(line), REDIS)), line);
  }
});

Deno.test("what keeps people out of one listener leaves the others as they are", async () => {
  const other = "listener.tcp.other = 192.0.2.1:1884\nlistener.tcp.other.zone = other\n" +
    "zone.other.enable_acl = on\n";
  for (const line of KEEPS_OUT) {
    const outcome = await importConf(withLine(line) + other);
    assertEquals(outcome.config.listeners, { other: { bind: "192.0.2.1:1884" } }, line);
    assert(letsIn(outcome), line);
  }
});

Deno.test("a switch that is none is no switch that is off", async () => {
  for (const key of ["enable_acl", "bypass_auth_plugins", "use_username_as_clientid"]) {
    const line = `zone.external.${key} = perhaps`;
    await assertRejects(() => importConf(withLine(line)), UserError, 'got "perhaps"');
  }
});

Deno.test("without zone.* keys rights are checked, as EMQ X's code has it", async () => {
  const bare = "listener.tcp.external = 1883\nlistener.tcp.external.zone = external\n" +
    "acl_file = etc/acl.conf\n";
  const { config } = await importConf(bare);
  assertEquals((config.plugins as Record<string, unknown>).acl_file, { file: "acl.conf" });
  assertEquals(config.acl_nomatch, "deny");
});

Deno.test("a zone that no listener names grants nothing", async () => {
  const { config, notes } = await importConf(
    "listener.tcp.external = 1883\nacl_file = etc/acl.conf\nzone.external.enable_acl = off\n" +
      "zone.external.allow_anonymous = true\nzone.external.acl_nomatch = allow\n",
  );
  assertEquals(Object.keys(config.plugins as object), ["event_logger", "acl_file", "broker_sys"]);
  assertEquals(config.acl_nomatch, "deny");
  assert(
    notes.includes(
      "differs: zone.external.enable_acl (emqx.conf:3): rights are checked, for no listener names the " +
        "zone external",
    ),
  );
});

Deno.test("a switched off module reads no acl_file, and one that nothing names is not used", async () => {
  const off = await importConf(BASE, {
    loaded_modules: "{emqx_mod_presence, true}.\n{emqx_mod_acl_internal, false}.\n",
  });
  assert(!("acl_file" in (off.config.plugins as object)));
  assert(off.notes.some((note) => note.includes("emqx_mod_acl_internal, which reads it")));
  const unnamed = await importTexts({
    "emqx.conf": BASE.replace(/acl_file.*\n/, ""),
    "acl.conf": "{allow, all}.\n",
  });
  assert(!("acl_file" in (unnamed.config.plugins as object)));
  assertEquals(unnamed.config.acl_nomatch, "deny");
  const two = { loaded: "{emqx_recon, true}.\n", loaded_2: "{emqx_dashboard, true}.\n" };
  await assertRejects(() => importConf(BASE, two), UserError, "it says what is loaded");
});

Deno.test("a plugin that is not known to have no say may have one", async () => {
  for (const name of ["emqx_exhook", "emqx_lua_hook", "my_own_auth", "emqx_auth_mnesia"]) {
    const outcome = await importConf(BASE, { loaded: `{${name}, true}.\n{emqx_recon, true}.\n` });
    assert(!letsIn(outcome), name);
  }
  assert(letsIn(await importConf(BASE, { loaded: "{emqx_dashboard, true}.\n" })));
});

Deno.test("a source that was asked behind a plugin that stays behind lets no one in", async () => {
  const files = {
    ...REDIS,
    "h.conf": "auth.http.auth_req = http://127.0.0.1/a\n",
    "m.conf":
      "auth.mysql.auth_query = select password from a\nauth.mysql.acl_query = select * from b\n" +
      "auth.mysql.super_query = select is_superuser from a\n",
    loaded: "{emqx_auth_redis, true}.\n{emqx_exhook, true}.\n{emqx_auth_http, true}.\n" +
      "{emqx_auth_mysql, true}.\n",
  };
  const { config, notes } = await importConf(BASE, files);
  const plugins = config.plugins as Record<string, Record<string, unknown>>;
  assertEquals(Object.keys(plugins), ["event_logger", "redis", "mysql", "acl_file", "broker_sys"]);
  assertEquals(plugins.redis!.auth_cmd, "HGET a:%u p");
  const { auth_query, super_query, acl_query } = plugins.mysql!;
  assertEquals([auth_query, super_query, acl_query], [null, null, "select * from b"]);
  assertEquals(notes.filter((note) => note.includes("it lets no one in")).length, 2);
});

Deno.test("which plugins ran is not known: no one comes in without a password", async () => {
  const { config, notes } = await importConf(`${BASE}plugins.loaded_file = data/loaded_plugins\n`);
  assertEquals(Object.keys(config.plugins as object), ["event_logger", "acl_file", "broker_sys"]);
  assert(
    notes[0]!.startsWith("not carried over: plugins.loaded_file (emqx.conf:6): it is not here"),
  );
});

Deno.test("who is a superuser is asked only where passwords are", async () => {
  const { config } = await importConf(BASE, {
    "m.conf": "auth.mysql.super_query = select 1\nauth.mysql.acl_query = select * from a\n",
    "h.conf": "auth.http.super_req = http://127.0.0.1/s\nauth.http.acl_req = http://127.0.0.1/a\n",
  });
  const { mysql, http } = config.plugins as Record<string, Record<string, unknown>>;
  assertEquals([mysql!.super_query, http!.super_req], [null, undefined]);
});

Deno.test("mongo with nothing but a server asks for passwords and rights, as EMQ X does", async () => {
  const { config } = await importConf(BASE, { "m.conf": "auth.mongo.server = 127.0.0.1\n" });
  const { mongodb } = config.plugins as Record<string, Record<string, unknown>>;
  assertEquals([mongodb!.auth_query, mongodb!.super_query, mongodb!.acl_query], [
    {},
    null,
    { collection: "mqtt_user" },
  ]);
});

Deno.test("what a file says outranks what it includes, wherever that stands", async () => {
  const main = BASE.replace("allow_anonymous = true", "allow_anonymous = false");
  const files = {
    "emqx.conf": `${main}include a.conf\ninclude b.conf\n`,
    "a.conf": "allow_anonymous = true\nacl_cache_max_size = 1\n",
    "b.conf": "allow_anonymous = true\nacl_cache_max_size = 2\n",
    "acl.conf": ACL,
  };
  for (const named of [["emqx.conf"], ["a.conf", "emqx.conf"], ["emqx.conf", "b.conf", "a.conf"]]) {
    const outcome = await importTexts(files, named);
    assert(!letsIn(outcome), named.join());
    assertEquals(outcome.config.acl_cache, { max_size: 2 });
  }
});

Deno.test("included files are read, once; one that is not here is an error", async () => {
  const conf = `${BASE}include {{ platform_etc_dir }}/zones.conf\n`;
  const zones = "mqtt.max_topic_levels = 9\nzone.external.max_inflight = 5\n";
  for (const named of [["emqx.conf"], ["emqx.conf", "zones.conf"]]) {
    const files = { "emqx.conf": conf, "zones.conf": zones, "acl.conf": ACL };
    const { config } = await importTexts(files, named);
    assertEquals([config.max_inflight, config.max_topic_levels], [5, 9]);
  }
  await assertRejects(() => importConf(conf), UserError, "emqx.conf:6: include: there is no file");
});

Deno.test("a text goes on behind what looks like a comment; a number does not", async () => {
  const { config } = await importConf(`${BASE}zone.external.max_inflight = 5 # five\n`, {
    "m.conf": "auth.mysql.password = a #b\nauth.mysql.auth_query = select password from a # b\n" +
      "auth.mysql.pool = 4 # connections\n",
  });
  const { mysql } = config.plugins as Record<string, Record<string, unknown>>;
  assertEquals([mysql!.password, mysql!.auth_query, mysql!.pool, config.max_inflight], [
    "a #b",
    "select password from a # b",
    4,
    5,
  ]);
});

Deno.test("the time of a whole HTTP decision leaves room for all attempts", async () => {
  const timeoutOf = async (lines: string) => {
    const text = `auth.http.auth_req = http://127.0.0.1/a\n${lines}`;
    const { config } = await importConf(BASE, { "h.conf": text });
    return (config.plugins as Record<string, Record<string, unknown>>).http!.timeout;
  };
  assertEquals(await timeoutOf(""), undefined);
  assertEquals(await timeoutOf("auth.http.timeout = 8s\n"), "8s");
  assertEquals(await timeoutOf("auth.http.request.retry_times = 3\n"), "27s");
  const many = "auth.http.request.timeout = 2s\nauth.http.request.retry_times = 2\n" +
    "auth.http.request.retry_interval = 500ms\nauth.http.request.retry_backoff = 3\n";
  assertEquals(await timeoutOf(many), "8s");
});
