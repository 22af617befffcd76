/**
 * aMQTT's configurations load unchanged: those of its documentation, word for word with the indentation
 * that its page lost, and every rule of the deprecated EntryPoint style.
 */
import { assertEquals } from "@std/assert";
import { NO_LISTENER_LIMITS } from "../../lib/config/listener_limits.ts";
import { pluginsOf, read } from "./read.ts";

Deno.test("aMQTT's default configuration", () => {
  const config = read(`---
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
  assertEquals(config.listeners, [{
    name: "default",
    transport: "tcp",
    hostname: "0.0.0.0",
    port: 1883,
    socketFile: undefined,
    maxConnections: Infinity,
    limits: NO_LISTENER_LIMITS,
    tls: undefined,
    webSocket: undefined,
    proxyProtocol: false,
    trustedProxies: [],
  }]);
  assertEquals(config.plugins.map(({ name, options, packaged }) => [name, options, packaged]), [
    ["event_logger", {}, true],
    ["packet_logger", {}, true],
    ["auth_anonymous", { allow_anonymous: true }, true],
    ["broker_sys", { sys_interval: 20 }, true],
  ]);
  assertEquals(config.warnings, []);
});

Deno.test("aMQTT's previous default configuration, with a warning that shows today's form", () => {
  const text = `---
listeners:
  default:
    type: tcp
    bind: 0.0.0.0:1883
sys_interval: 20
auth:
  plugins:
    - auth_anonymous
  allow-anonymous: true
topic-check:
  enabled: False
`;
  const plugins = [
    ["event_logger", {}],
    ["packet_logger", {}],
    ["auth_anonymous", { allow_anonymous: true }],
    ["broker_sys", { sys_interval: 20 }],
  ];
  assertEquals(pluginsOf(text), plugins as [string, unknown][]);
  const [warning, ...more] = read(text).warnings;
  assertEquals(
    warning,
    "c.yaml: auth, topic_check, sys_interval: aMQTT's deprecated form; write plugins: " +
      "{event_logger: null, packet_logger: null, auth_anonymous: {allow_anonymous: true}, " +
      "broker_sys: {sys_interval: 20}}",
  );
  assertEquals(more, []);
  const shown = warning!.slice(warning!.indexOf("plugins: {"));
  assertEquals(pluginsOf(shown), plugins as [string, unknown][]);
});

Deno.test("topic_acl as aMQTT's page writes it: lists of one-key maps", () => {
  assertEquals(
    pluginsOf(`plugins:
  amqtt.plugins.topic_checking.TopicAccessControlListPlugin:
    acl:
      - username: ["list", "of", "allowed", "topics", "for", "subscribing"]
    publish_acl:
      - username: ["list", "of", "allowed", "topics", "for", "publishing"]
`),
    [["topic_acl", {
      acl: [{ username: ["list", "of", "allowed", "topics", "for", "subscribing"] }],
      publish_acl: [{ username: ["list", "of", "allowed", "topics", "for", "publishing"] }],
    }]],
  );
});

Deno.test("EntryPoint style: topic_acl takes its lists from topic-check", () => {
  assertEquals(
    pluginsOf(`
auth: {plugins: [auth_file], password-file: /path/to/password_file}
topic-check:
  enabled: true
  plugins: [topic_acl]
  publish-acl:
    - user-name: ["a-b/c"]
  acl:
    - user-name: ["a-b/c"]
`),
    [
      ["event_logger", {}],
      ["packet_logger", {}],
      ["auth_file", { password_file: "/path/to/password_file" }],
      ["topic_acl", {
        acl: [{ "user-name": ["a-b/c"] }],
        publish_acl: [{ "user-name": ["a-b/c"] }],
      }],
    ],
  );
});

/** What stands beside the two loggers. */
const ENTRY_POINTS: [text: string, plugins: [string, unknown][]][] = [
  ["auth: {allow-anonymous: false}", [
    ["auth_anonymous", { allow_anonymous: false }],
    ["auth_file", { password_file: null }],
  ]],
  ["topic_check: {enabled: true}", [
    ["auth_anonymous", { allow_anonymous: true }],
    ["auth_file", { password_file: null }],
    ["topic_taboo", {}],
    ["topic_acl", {}],
  ]],
  ["auth: {plugins: []}", []],
  ["plugins: null\nauth: {plugins: [auth_anonymous]}", [
    ["auth_anonymous", { allow_anonymous: true }],
  ]],
  ["auth: {plugins: [auth_anonymous]}\nsys_interval: 0", [
    ["auth_anonymous", { allow_anonymous: true }],
  ]],
  ["sys_interval: 5", [
    ["auth_anonymous", { allow_anonymous: true }],
    ["broker_sys", { sys_interval: 5 }],
  ]],
  ["plugins: null\nsys_interval: 5", [["broker_sys", { sys_interval: 5 }]]],
];

for (const [text, plugins] of ENTRY_POINTS) {
  Deno.test(`EntryPoint style: ${text.replaceAll("\n", " / ")}`, () => {
    assertEquals(pluginsOf(text), [["event_logger", {}], ["packet_logger", {}], ...plugins]);
  });
}

Deno.test("plugins wins over auth and topic-check, with a warning", () => {
  const text = "plugins: {auth_file: {password_file: x}}\nauth: {plugins: [auth_anonymous]}\n" +
    "topic-check: {enabled: true}";
  assertEquals(pluginsOf(text), [["auth_file", { password_file: "x" }]]);
  assertEquals(read(text).warnings, [
    "c.yaml: auth, topic_check: not used, because plugins is there too",
  ]);
});

Deno.test("lists that do nothing are warned about", () => {
  assertEquals(
    read("topic-check: {enabled: true, plugins: [topic_taboo], publish-acl: {}}").warnings[0],
    "c.yaml: topic_check.publish_acl: not used: topic_acl is not in topic_check.plugins",
  );
  assertEquals(
    read("topic-check: {plugins: [topic_taboo]}").warnings[0],
    "c.yaml: topic_check: without `enabled: true` nothing is checked",
  );
});

Deno.test("the new form in the warning quotes what YAML would misread", () => {
  const text = 'topic-check: {enabled: true, plugins: [topic_acl], acl: {"on": [a], "12": [b]}}';
  const [warning] = read(text).warnings;
  const shown = warning!.slice(warning!.indexOf("plugins: {"));
  assertEquals(pluginsOf(shown), pluginsOf(text));
});

Deno.test("aMQTT's TLS keys on a plain listener are accepted with a warning", () => {
  const text =
    "listeners: {default: {ssl: off, cafile: ca.crt, keyfile: null, max-connections: -1}}";
  assertEquals(read(text).listeners[0]!.maxConnections, Infinity);
  assertEquals(read(text).warnings, [
    "c.yaml: listeners.default.cafile: is for a listener with ssl: true; not used",
  ]);
});
