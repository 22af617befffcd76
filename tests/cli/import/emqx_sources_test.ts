/** EMQ X's auth plugins: their files as options of Midge's plugins, and the order in which they run. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/user_error.ts";
import { importTexts } from "./support.ts";

const CONF =
  "listener.tcp.external = 0.0.0.0:1883\nzone.external.enable_acl = on\nallow_anonymous = true\n";
const PEM = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
const ORDER =
  "differs: the order of plugins: taken in the order of the command line; name data/loaded_plugins to have EMQ X's";
const ANONYMOUS =
  "differs: allow_anonymous (emqx.conf:3): a user whom no source knows is refused (EMQ X: let in)";

/** The plugins of an import beside those that every import has, and its notes beside two. */
async function sourcesOf(files: Record<string, string>, named?: string[]) {
  const { config, notes } = await importTexts({ "emqx.conf": CONF, ...files }, named);
  const { event_logger: _1, auth_anonymous: _2, broker_sys: _3, ...sources } = config
    .plugins as Record<string, Record<string, unknown>>;
  return { sources, notes: notes.filter((note) => note !== ORDER && note !== ANONYMOUS) };
}

const MYSQL = `auth.mysql.server = 192.0.2.3:3306
auth.mysql.pool = 8
auth.mysql.username = mqtt
auth.mysql.password = "a # b"
auth.mysql.database = devices
auth.mysql.query_timeout = 3s
auth.mysql.password_hash = salt,sha256
auth.mysql.auth_query = select password, salt from mqtt_user where username = '%u' limit 1
## auth.mysql.super_query = select is_superuser from mqtt_user where username = '%u' limit 1
auth.mysql.acl_query = select allow, ipaddr, username, clientid, access, topic from mqtt_acl where username = '%u'
`;

Deno.test("mysql: a query that is commented out is off; rows from the last to the first", async () => {
  const { sources, notes } = await sourcesOf({ "emqx_auth_mysql.conf": MYSQL });
  assertEquals(sources, {
    mysql: {
      server: "192.0.2.3:3306",
      pool: 8,
      username: "mqtt",
      password: "a # b",
      query_timeout: "3s",
      database: "devices",
      password_hash: "salt,sha256",
      auth_query: "select password, salt from mqtt_user where username = '%u' limit 1",
      super_query: null,
      acl_query:
        "select allow, ipaddr, username, clientid, access, topic from mqtt_acl where username = '%u'",
      row_order: "last",
    },
  });
  assertEquals(notes, []);
});

Deno.test("pgsql: TLS as EMQ X had it, columns without the names that Midge looks for", async () => {
  const { sources, notes } = await sourcesOf({
    "emqx_auth_pgsql.conf": `auth.pgsql.server = 127.0.0.1
auth.pgsql.encoding = utf8
auth.pgsql.ssl = on
auth.pgsql.ssl.cacertfile = etc/certs/ca.pem
auth.pgsql.ssl.tls_versions = tlsv1.2
auth.pgsql.auth_query = select hash from users where name = '%u'
auth.pgsql.acl_query = select * from rules
`,
    "ca.pem": PEM,
  }, ["emqx.conf", "emqx_auth_pgsql.conf"]);
  assertEquals(sources, {
    postgres: {
      server: "127.0.0.1",
      auth_query: "select hash from users where name = '%u'",
      super_query: null,
      acl_query: "select * from rules",
      row_order: "last",
      tls: { cafile: "ca.pem", verify: false },
    },
  });
  assertEquals(notes, [
    "differs: auth.pgsql.ssl (emqx_auth_pgsql.conf:3): the server's certificate is not checked, as in EMQ X; " +
    "tls.verify: true checks it",
    "differs: auth.pgsql.auth_query (emqx_auth_pgsql.conf:6): columns are found by name; give the one that " +
    "is meant the name password (select x as password)",
    "not carried over: auth.pgsql.ssl.tls_versions (emqx_auth_pgsql.conf:5): Midge has no such option",
  ]);
});

Deno.test("redis: cluster, commands, TLS in the older spelling", async () => {
  const { sources, notes } = await sourcesOf({
    "emqx_auth_redis.conf": `auth.redis.type = cluster
auth.redis.server = 127.0.0.1:7000, 127.0.0.1:7001
auth.redis.pool = 4
auth.redis.database = 0
# auth.redis.password =
auth.redis.auth_cmd = HMGET mqtt_user:%u password salt
auth.redis.password_hash = sha256,salt
auth.redis.super_cmd = HGET mqtt_user:%u is_superuser
auth.redis.ssl = on
auth.redis.cafile = /etc/ca.pem
auth.redis.ssl.verify = true
`,
    "ca.pem": PEM,
  }, ["emqx.conf", "emqx_auth_redis.conf"]);
  assertEquals(sources, {
    redis: {
      type: "cluster",
      server: "127.0.0.1:7000, 127.0.0.1:7001",
      pool: 4,
      database: 0,
      password_hash: "sha256,salt",
      auth_cmd: "HMGET mqtt_user:%u password salt",
      super_cmd: "HGET mqtt_user:%u is_superuser",
      acl_cmd: null,
      tls: { cafile: "ca.pem", verify: true },
    },
  });
  assertEquals(notes, []);
});

Deno.test("mongo: queries become sections, numbered selectors a list", async () => {
  const { sources, notes } = await sourcesOf({
    "emqx_auth_mongo.conf": `auth.mongo.type = rs
auth.mongo.rs_set_name = rs0
auth.mongo.r_mode = slave_ok
auth.mongo.server = 127.0.0.1:27017
auth.mongo.pool = 8
auth.mongo.login = me
auth.mongo.password = secret
auth.mongo.auth_source = admin
auth.mongo.database = mqtt
auth.mongo.topology.pool_size = 1
auth.mongo.topology.max_overflow = 0
auth.mongo.auth_query.collection = mqtt_user
auth.mongo.auth_query.password_field = password,salt
auth.mongo.auth_query.password_hash = salt,sha256
auth.mongo.auth_query.selector = username=%u
auth.mongo.super_query = off
auth.mongo.super_query.collection = mqtt_user
auth.mongo.acl_query = on
auth.mongo.acl_query.collection = mqtt_acl
auth.mongo.acl_query.selector.1 = username=%u,clientid=%c
auth.mongo.acl_query.selector.2 = username=$all
`,
  });
  assertEquals(sources, {
    mongodb: {
      type: "rs",
      rs_set_name: "rs0",
      r_mode: "slave_ok",
      server: "127.0.0.1:27017",
      pool: 8,
      username: "me",
      password: "secret",
      auth_source: "admin",
      database: "mqtt",
      auth_query: {
        collection: "mqtt_user",
        password_field: "password,salt",
        password_hash: "salt,sha256",
        selector: "username=%u",
      },
      super_query: null,
      acl_query: {
        collection: "mqtt_acl",
        selector: ["username=%u,clientid=%c", "username=$all"],
      },
    },
  });
  assertEquals(notes, [
    "not carried over: auth.mongo.topology.* (2 settings) (emqx_auth_mongo.conf:10): the driver sees to it",
  ]);
});

Deno.test("http as EMQ X 4.3 writes it", async () => {
  const { sources, notes } = await sourcesOf({
    "emqx_auth_http.conf": `auth.http.auth_req.url = https://127.0.0.1:8443/mqtt/auth
auth.http.auth_req.method = post
auth.http.auth_req.headers.content_type = application/x-www-form-urlencoded
auth.http.auth_req.headers.x-key = k
auth.http.auth_req.params = clientid=%c,username=%u,password=%P,port=%p
# auth.http.super_req.url = http://127.0.0.1:80/mqtt/superuser
auth.http.acl_req.url = http://127.0.0.1:8991/mqtt/acl
auth.http.acl_req.headers.content-type = application/json
auth.http.acl_req.params = access=%A,topic=%t
auth.http.timeout = 5s
auth.http.connect_timeout = 500ms
auth.http.pool_size = 32
auth.http.enable_pipelining = 100
auth.http.ssl.server_name_indication = disable
`,
  });
  assertEquals(sources, {
    http: {
      auth_req: {
        url: "https://127.0.0.1:8443/mqtt/auth",
        method: "post",
        content_type: "application/x-www-form-urlencoded",
        params: { clientid: "%c", username: "%u", password: "%P", port: "%p" },
        headers: { "x-key": "k" },
      },
      acl_req: {
        url: "http://127.0.0.1:8991/mqtt/acl",
        method: "post",
        content_type: "application/json",
        params: { access: "%A", topic: "%t" },
      },
      request: { timeout: "5s", connect_timeout: "500ms" },
      pool: 32,
      tls: { verify: false },
    },
  });
  assertEquals(notes, [
    "differs: auth.http.auth_req.params (emqx_auth_http.conf:5): %p is the client's port (EMQ X: the broker's own)",
    "differs: auth.http.ssl (emqx_auth_http.conf:14): the server's certificate is not checked, as in EMQ X; " +
    "tls.verify: true checks it",
  ]);
});

Deno.test("http as the guide writes it, before 4.3", async () => {
  const { sources, notes } = await sourcesOf({
    "emqx_auth_http.conf": `auth.http.auth_req = http://127.0.0.1:8991/mqtt/auth
auth.http.auth_req.method = put
auth.http.auth_req.content_type = json
auth.http.auth_req.params = clientid=%c
auth.http.super_req = http://127.0.0.1:8991/mqtt/superuser
auth.http.super_req.params = username=%u
auth.http.header.Accept = */*
auth.http.request.timeout = 0
auth.http.request.connect_timeout = 1500
auth.http.request.retry_times = 3
auth.http.request.retry_interval = 1s
auth.http.request.retry_backoff = 2.0
`,
  });
  assertEquals(sources, {
    http: {
      auth_req: {
        url: "http://127.0.0.1:8991/mqtt/auth",
        method: "put",
        content_type: "json",
        params: { clientid: "%c" },
      },
      super_req: {
        url: "http://127.0.0.1:8991/mqtt/superuser",
        method: "post",
        params: { username: "%u" },
      },
      headers: { accept: "*/*" },
      request: {
        connect_timeout: "1500ms",
        retry_interval: "1s",
        retry_times: 3,
        retry_backoff: 2,
      },
      timeout: "27s",
    },
  });
  assertEquals(notes, []);
});

const HTTP = "auth.http.auth_req = http://127.0.0.1/a\n";
const REDIS = "auth.redis.server = 127.0.0.1\nauth.redis.auth_cmd = HGET a:%u p\n";

Deno.test("without loaded_plugins the order of the command line holds, and is noted", async () => {
  const { config, notes } = await importTexts({
    "emqx.conf": CONF,
    "b.conf": REDIS,
    "a.conf": HTTP,
  });
  assertEquals(Object.keys(config.plugins as object), [
    "event_logger",
    "redis",
    "http",
    "auth_anonymous",
    "broker_sys",
  ]);
  assert(notes.includes(ORDER));
});

Deno.test("loaded_plugins says what runs and in which order; auth_order outranks it", async () => {
  const files = {
    "emqx_auth_redis.conf": REDIS,
    "emqx_auth_http.conf": HTTP,
    "emqx_auth_mysql.conf": MYSQL,
    loaded_plugins: "{emqx_dashboard, true}.\n{emqx_auth_http, true}.\n{emqx_auth_redis, true}.\n" +
      "{emqx_retainer, true}.\n{emqx_recon, true}.\n{emqx_auth_mysql, false}.\n",
  };
  const { sources, notes } = await sourcesOf(files);
  assertEquals(Object.keys(sources), ["http", "redis"]);
  assertEquals(notes, [
    "not carried over: emqx_auth_mysql (emqx_auth_mysql.conf): it is not loaded",
    "not carried over: emqx_dashboard, emqx_recon (loaded_plugins:1): Midge has no such plugins",
  ]);
  const ordered = await sourcesOf({
    ...files,
    "emqx.conf": `${CONF}auth_order = redis, http\nacl_order = redis, http\n`,
  });
  assertEquals(Object.keys(ordered.sources), ["redis", "http"]);
});

Deno.test("loaded_plugins and the files of what it loads are found by themselves", async () => {
  const { sources } = await sourcesOf({
    "emqx.conf":
      `${CONF}plugins.loaded_file = data/loaded_plugins\nplugins.etc_dir = etc/plugins/\n`,
    loaded_plugins: "emqx_auth_redis.",
    "emqx_auth_redis.conf": REDIS,
  }, ["emqx.conf"]);
  assertEquals(Object.keys(sources), ["redis"]);
});

Deno.test("a plugin that runs and whose file is not there is an error", async () => {
  const error: UserError = await assertRejects(
    () => importTexts({ "emqx.conf": CONF, loaded_plugins: "{emqx_auth_redis, true}." }),
    UserError,
  );
  assertEquals(error.problems, [
    "loaded_plugins:1: emqx_auth_redis is loaded, but there is no emqx_auth_redis.conf here; name it on " +
    "the command line too, wherever it is",
  ]);
});

Deno.test("a source that Midge has not stays behind, and with it an open door", async () => {
  const { config, notes } = await importTexts({
    "emqx.conf": CONF,
    "emqx_auth_ldap.conf": "auth.ldap.servers = 127.0.0.1\n",
  });
  assertEquals(Object.keys(config.plugins as object), ["event_logger", "broker_sys"]);
  assertEquals(notes.slice(0, 2), [
    "not carried over: emqx_auth_ldap (emqx_auth_ldap.conf): Midge has no such source; whom it let in is " +
    "refused, and its rules are gone",
    "not carried over: allow_anonymous (emqx.conf:3): left out, because a plugin that stays behind decided " +
    "who comes in",
  ]);
});

Deno.test("a zone without rights asks no source for them", async () => {
  const conf =
    "listener.tcp.external = 1883\nlistener.tcp.external.zone = z\nzone.z.enable_ban = on\n";
  const { config } = await importTexts({
    "emqx.conf": conf,
    "emqx_auth_http.conf": `${HTTP}auth.http.acl_req = http://127.0.0.1/acl\n`,
    "emqx_auth_redis.conf": `${REDIS}auth.redis.acl_cmd = HGETALL a:%u\n`,
  });
  const { http, redis } = config.plugins as Record<string, Record<string, unknown>>;
  assertEquals([http!.acl_req, redis!.acl_cmd], [undefined, null]);
});

Deno.test("a file with everything commented out is still the plugin's: it asks nothing", async () => {
  const { sources } = await sourcesOf({
    "emqx_auth_redis.conf": "## auth.redis.server = 127.0.0.1\n",
  });
  assertEquals(sources, { redis: { auth_cmd: null, super_cmd: null, acl_cmd: null } });
});

Deno.test("refuses a line that is no setting", async () => {
  const error: UserError = await assertRejects(
    () => importTexts({ "emqx.conf": `${CONF}allow_anonymous true\n` }),
    UserError,
  );
  assertEquals(error.problems, ["emqx.conf:4: expected key = value"]);
});

Deno.test("refuses a value of a plugin that EMQ X would refuse", async () => {
  const error: UserError = await assertRejects(
    () => importTexts({ "emqx.conf": CONF, "x.conf": `${REDIS}auth.redis.pool = many\n` }),
    UserError,
  );
  assertEquals(error.problems, [
    'x.conf:3: auth.redis.pool: got "many", expected a whole number from 1 on',
  ]);
});
