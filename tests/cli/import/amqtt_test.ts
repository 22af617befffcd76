/** aMQTT's files, both styles, in Midge's own words. */
import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/user_error.ts";
import { MOSQUITTO } from "../../access/passwords/vectors.ts";
import { CERTIFICATES, importTexts } from "./support.ts";

const PASSWORDS = `ann:${MOSQUITTO[0]!.hash}\n`;
const DEFAULTS = { session_expiry_interval: 0, max_packet_size: 0 };
const QUEUES =
  "differs: max_queued_messages, max_queued_bytes: at most 1000 messages or 4 MiB wait " +
  "for a client that is away (aMQTT: any number)";

async function importYaml(text: string, others: Record<string, string> = {}) {
  const { broker, notes, ...rest } = await importTexts({ "amqtt.yaml": text, ...others }, [
    "amqtt.yaml",
  ]);
  assertEquals(broker, "aMQTT");
  assertEquals(notes.at(-1), QUEUES);
  return { ...rest, notes: notes.slice(0, -1) };
}

Deno.test("aMQTT's default configuration", async () => {
  const { config, notes, draft } = await importYaml(`---
listeners:
  default:
    type: tcp
    bind: 0.0.0.0:1883
plugins:
  amqtt.plugins.logging_amqtt.EventLoggerPlugin:
  amqtt.plugins.logging_amqtt.PacketLoggerPlugin:
  amqtt.plugins.authentication.AnonymousAuthPlugin:
    allow_anonymous: true
  amqtt.plugins.sys.broker.BrokerSysPlugin:
    sys_interval: 20
`);
  assertEquals(config, {
    listeners: { default: { bind: "0.0.0.0:1883" } },
    plugins: {
      event_logger: null,
      packet_logger: null,
      auth_anonymous: { allow_anonymous: true },
      broker_sys: { sys_interval: 20 },
    },
    ...DEFAULTS,
  });
  assertEquals(notes, []);
  assertEquals(draft.commentAt(["plugins", "broker_sys"]), "amqtt.yaml:11");
  assertEquals(draft.commentAt(["session_expiry_interval"]), "aMQTT's default");
});

Deno.test("the style with auth and topic-check", async () => {
  const { config, notes } = await importYaml(
    `listeners:
  default:
    bind: 127.0.0.1:1883
sys_interval: 5
session_expiry_interval: 3600
timeout-disconnect-delay: 2
auth:
  allow-anonymous: false
  password-file: passwords
  plugins: [auth_anonymous, auth_file]
topic-check:
  enabled: true
  plugins: [topic_acl]
  subscribe-acl:
    - ann: ["home/#"]
    - bob: ["home/hall"]
  publish-acl:
    ann: ["home/#"]
`,
    { passwords: PASSWORDS },
  );
  assertEquals(config, {
    listeners: { default: { bind: "127.0.0.1:1883" } },
    plugins: {
      event_logger: null,
      packet_logger: null,
      auth_anonymous: { allow_anonymous: false },
      auth_file: { password_file: "passwords" },
      topic_acl: {
        subscribe_acl: { ann: ["home/#"], bob: ["home/hall"] },
        publish_acl: { ann: ["home/#"] },
      },
      broker_sys: { sys_interval: 5 },
    },
    timeout_disconnect_delay: 2,
    ...DEFAULTS,
    session_expiry_interval: 3600,
  });
  assertEquals(notes, ["differs: topic_acl (amqtt.yaml:13): the user admin may do everything"]);
});

Deno.test("TLS and WebSocket listeners; what they inherit is written out; external ones are left out", async () => {
  const { config, notes } = await importYaml(
    `listeners:
  default:
    max_connections: 50
    bind: 127.0.0.1:1883
  second:
    bind: 127.0.0.1:1884
    max_connections: -1
  tls:
    bind: 127.0.0.1:8883
    ssl: on
    certfile: certs/server.crt
    keyfile: certs/server.key
    cafile: certs/ca.crt
  web:
    type: ws
    bind: 127.0.0.1:8080
  wss:
    type: ws
    bind: 127.0.0.1:8443
    ssl: yes
    certfile: server.crt
    keyfile: server.key
    cadata: |
${CERTIFICATES["ca.crt"]!.trim().replaceAll(/^/gm, "      ")}
  host:
    type: external
  plain:
    bind: 127.0.0.1:1886
    cafile: ca.crt
`,
    CERTIFICATES,
  );
  const tls = { ssl: true, certfile: "server.crt", keyfile: "server.key" };
  assertEquals(config.listeners, {
    default: { bind: "127.0.0.1:1883", max_connections: 50 },
    second: { bind: "127.0.0.1:1884", max_connections: 0 },
    tls: { bind: "127.0.0.1:8883", max_connections: 50, ...tls, cafile: "ca.crt" },
    web: { type: "ws", bind: "127.0.0.1:8080", max_connections: 50 },
    wss: {
      type: "ws",
      bind: "127.0.0.1:8443",
      max_connections: 50,
      ...tls,
      cadata: CERTIFICATES["ca.crt"],
    },
    plain: { bind: "127.0.0.1:1886", max_connections: 50 },
  });
  assertEquals(notes, [
    "not carried over: listeners.host (amqtt.yaml:35): Midge has no listeners of type external; left out",
    "not carried over: listeners.plain.cafile (amqtt.yaml:37): of no use without ssl",
  ]);
});

Deno.test("a default listener with TLS hands it on, in aMQTT to one that says ssl: false too", async () => {
  const { config, notes } = await importYaml(
    `listeners:
  default: {bind: "127.0.0.1:8883", ssl: true, certfile: server.crt, keyfile: server.key}
  other: {bind: "127.0.0.1:8884", ssl: false}
`,
    CERTIFICATES,
  );
  const tls = { ssl: true, certfile: "server.crt", keyfile: "server.key" };
  assertEquals(config.listeners, {
    default: { bind: "127.0.0.1:8883", ...tls },
    other: { bind: "127.0.0.1:8884", ...tls },
  });
  assertEquals(notes, []);
});

Deno.test("nothing but external listeners: this machine only", async () => {
  const { config, notes } = await importYaml("listeners: {default: {type: external}}");
  assertEquals(config.listeners, { default: { bind: "127.0.0.1:1883" } });
  assertEquals(notes.length, 2);
});

Deno.test("a plugin of one's own stays behind, and with it an open auth_anonymous", async () => {
  const { config, notes } = await importYaml(`plugins:
  - amqtt.plugins.authentication.AnonymousAuthPlugin:
      allow_anonymous: true
  - my.module.Gate:
      key: 5
  - amqtt.contrib.shadows.ShadowPlugin
`);
  assertEquals(config.plugins, {});
  assertEquals(notes, [
    "not carried over: my.module.Gate (amqtt.yaml:4): plugins in Python do not run here; " +
    "docs/PLUGINS.md says how to write one",
    "not carried over: amqtt.contrib.shadows.ShadowPlugin (amqtt.yaml:6): Midge has no device shadows",
    "not carried over: auth_anonymous (amqtt.yaml:2): left out, because my.module.Gate may have decided " +
    "who comes in; put it back if it did not",
  ]);
});

Deno.test("beside a plugin that stays behind no one comes in by a file or a server either", async () => {
  const { config, notes } = await importYaml(
    `plugins:
  my.module.Gate:
  auth_file: {password_file: passwords}
  amqtt.contrib.http.UserAuthHttpPlugin: {host: 127.0.0.1, port: 8080}
  topic_acl: {acl: {ann: [a]}}
`,
    { passwords: PASSWORDS },
  );
  assertEquals(config.plugins, { topic_acl: { subscribe_acl: { ann: ["a"] } } });
  assertEquals(config.acl_nomatch, "deny");
  assertEquals(notes.filter((note) => note.includes("left out")).length, 2);
});

Deno.test("a file and a server that both have to agree: neither lets people in", async () => {
  const { config, notes } = await importYaml(
    `plugins:
  auth_file: {password_file: passwords}
  amqtt.contrib.http.UserAuthHttpPlugin: {host: 127.0.0.1, port: 8080}
  amqtt.contrib.http.TopicAuthHttpPlugin: {host: 127.0.0.1, port: 8080}
`,
    { passwords: PASSWORDS },
  );
  assertEquals(config.plugins, { http: { host: "127.0.0.1", port: 8080, topic_uri: "/acl" } });
  assertEquals(notes.map((note) => note.split(" (")[0]), [
    "not carried over: auth_file",
    "not carried over: http",
  ]);
});

Deno.test("aMQTT's two HTTP plugins become one", async () => {
  const { config, notes } = await importYaml(`plugins:
  amqtt.contrib.http.UserAuthHttpPlugin:
    host: 127.0.0.1
    port: 8080
    request_method: post
  amqtt.contrib.http.TopicAuthHttpPlugin:
    host: 127.0.0.1
    port: 8080
    request_method: post
    topic_uri: /topics
`);
  assertEquals(config.plugins, {
    http: {
      host: "127.0.0.1",
      port: 8080,
      request_method: "post",
      user_uri: "/user",
      topic_uri: "/topics",
    },
  });
  assertEquals(config.acl_combine, "all");
  assertEquals(notes, []);
});

Deno.test("topic_acl without subscribe_acl: no one may subscribe; auth beside plugins is noted", async () => {
  const { config, notes } = await importYaml(`plugins:
  auth_anonymous:
  topic_acl:
    publish_acl: {ann: [a]}
auth:
  plugins: [auth_file]
`);
  assertEquals(notes, [
    "not carried over: auth (amqtt.yaml:5): not used where plugins is there too",
    "differs: topic_acl (amqtt.yaml:3): the user admin may do everything",
  ]);
  assertEquals((config.plugins as Record<string, unknown>).topic_acl, {
    publish_acl: { ann: ["a"] },
    subscribe_acl: {},
  });
});

Deno.test("nothing but listeners: aMQTT's default plugins", async () => {
  const { config } = await importYaml("listeners: {default: {bind: 1884}}");
  assertEquals(Object.keys(config.plugins as object), [
    "event_logger",
    "packet_logger",
    "auth_anonymous",
    "broker_sys",
  ]);
});

const REFUSED: [what: string, text: string, problem: RegExp][] = [
  [
    "TLS without a key",
    "listeners: {a: {ssl: true, certfile: x}}",
    /^amqtt.yaml: listeners.a.keyfile: expected a path, for ssl is on; aMQTT does not start with it/,
  ],
  [
    "a certificate that is not there",
    "listeners: {a: {ssl: true, certfile: x, keyfile: x}}",
    /^amqtt.yaml:1: certfile: there is no file "x" here; name it on the command line too/,
  ],
  [
    "an unknown key",
    "listeners:\nmax_qos: 1",
    /^amqtt.yaml: max_qos: unknown key; known keys: listeners/,
  ],
  ["broken YAML", "listeners:\n  a: [", /^amqtt.yaml:\S*: not valid YAML: /],
  ["listeners that are none", "listeners: [a]", /^amqtt.yaml: listeners: expected a mapping/],
  ["a listener that is none", "listeners: {a: b}", /^amqtt.yaml: listeners.a: expected a mapping/],
  [
    "an unknown key of a listener",
    "listeners: {a: {max_conections: 5}}",
    /^amqtt.yaml: listeners.a.max_conections: unknown key; did you mean max_connections\?/,
  ],
  ["plugins that are none", "plugins: 5", /^amqtt.yaml: plugins: expected a mapping/],
  [
    "options that are none",
    "plugins: {auth_anonymous: 5}",
    /^amqtt.yaml: plugins.auth_anonymous: expected/,
  ],
  [
    "a missing password file",
    "plugins: {auth_file: {password_file: x}}",
    /^amqtt.yaml:1: password_file: there is no file "x" here/,
  ],
];

for (const [what, text, problem] of REFUSED) {
  Deno.test(`refuses ${what}`, async () => {
    const error: UserError = await assertRejects(() => importYaml(text), UserError);
    assertEquals(error.problems.length, 1);
    assertEquals(problem.test(error.problems[0]!), true, error.message);
  });
}
