/** The client's configuration: aMQTT's files unchanged, every default, URIs, and every error line. */
import { assertEquals, assertThrows } from "@std/assert";
import { normalizeClientConfig } from "../../lib/client/config.ts";
import type { ClientConfig } from "../../lib/client/config_types.ts";
import { UserError } from "../../lib/user_error.ts";
import { parseYaml } from "../../lib/config/yaml.ts";

const SOURCE = { file: "client.yaml", directory: "/etc/midge" };

function read(text: string): ClientConfig {
  return normalizeClientConfig(parseYaml(text, SOURCE.file), SOURCE);
}

function problems(text: string): readonly string[] {
  return (assertThrows(() => read(text), UserError) as UserError).problems;
}

/** Parts of a configuration, without those that say where it came from. */
function part(config: ClientConfig, ...keys: (keyof ClientConfig)[]): unknown[] {
  return keys.map((key) => config[key]);
}

const SEED = `
keep_alive: 10
ping_delay: 1
default_qos: 0
default_retain: false
auto_reconnect: true
cleansession: true
reconnect_max_interval: 10
reconnect_retries: 2
connection:
  uri: "mqtt://127.0.0.1"
plugins:
  amqtt.plugins.logging_amqtt.PacketLoggerPlugin:
`;

Deno.test("client config: the seed's default is the default", () => {
  const empty = normalizeClientConfig({}, SOURCE);
  const seed = read(SEED);
  assertEquals(seed.plugins.map(({ name }) => name), ["packet_logger"]);
  assertEquals({ ...seed, plugins: [] }, { ...empty, plugins: [] });
  assertEquals(
    part(seed, "keepAlive", "pingAfter", "reconnectRetries", "reconnectMaxInterval"),
    [10, 9000, 2, 10_000],
  );
  assertEquals(seed.address.name, "mqtt://127.0.0.1:1883");
  assertEquals(seed.warnings, []);
});

Deno.test("client config: everything that aMQTT's client knows", () => {
  const config = read(`
keep-alive: 30
ping-delay: 2
default-qos: 1
default-retain: true
auto-reconnect: false
connection_timeout: 5
reconnect_retries: -1
reconnect_max_interval: 1m
cleansession: false
client_id: me
check_hostname: false
verify_cert: false
topics:
  a/b: {qos: 2, retain: false}
  c: null
broker:
  uri: mqtts://us%40er:p%3Ass@broker.example
  cafile: ca.crt
  certfile: /certs/me.crt
  keyfile: me.key
will:
  topic: gone
  message: "off"
  qos: 1
  retain: true
`);
  assertEquals(part(config, "keepAlive", "pingAfter", "connectionTimeout"), [30, 28_000, 5000]);
  assertEquals(part(config, "reconnectRetries", "reconnectMaxInterval"), [Infinity, 60_000]);
  assertEquals(part(config, "username", "password", "cleanSession"), ["us@er", "p:ss", false]);
  assertEquals(config.address, {
    name: "mqtts://broker.example:8883",
    scheme: "mqtts",
    hostname: "broker.example",
    port: 8883,
    path: "/",
  });
  assertEquals(config.tls, {
    cafile: "/etc/midge/ca.crt",
    capath: undefined,
    cadata: undefined,
    certfile: "/certs/me.crt",
    keyfile: "/etc/midge/me.key",
    serverName: undefined,
    checkHostname: false,
    verifyCert: false,
  });
  assertEquals([...config.topics], [["a/b", { qos: 2, retain: false }], ["c", {}]]);
  const payload = new TextEncoder().encode("off");
  assertEquals(config.will, { topicName: "gone", payload, qos: 1, retain: true });
  assertEquals(config.warnings, ["client.yaml: broker: is deprecated; write connection"]);
});

const URIS: readonly [uri: string, name: string][] = [
  ["mqtt://host", "mqtt://host:1883"],
  ["MQTT://host/", "mqtt://host:1883"],
  ["mqtt://host:80", "mqtt://host:80"],
  ["mqtts://[2001:db8::1]", "mqtts://[2001:db8::1]:8883"],
  ["ws://host", "ws://host:80"],
  ["ws://u:p@host:80/mqtt?x=1", "ws://host:80/mqtt?x=1"],
  ["wss://host/mqtt", "wss://host:443/mqtt"],
  ["wss://host:8443", "wss://host:8443"],
  ["unix:///run/midge.sock", "unix:/run/midge.sock"],
  ["unix:/run/with%20space", "unix:/run/with space"],
];

for (const [uri, name] of URIS) {
  Deno.test(`client config: ${uri} is ${name}`, () => {
    assertEquals(normalizeClientConfig(uri).address.name, name);
  });
}

const WRONG: readonly [text: string, lines: string[]][] = [
  ['connection: {uri: "http://x"}', [
    'connection.uri: "http://x" expected mqtt://HOST, mqtts://HOST, ws://HOST, wss://HOST or unix:///PATH',
  ]],
  ['connection: {uri: "mqtt://u:secret@"}', [
    'connection.uri: "mqtt://u:***@" is no valid URI; expected mqtt://HOST, mqtts://HOST, ws://HOST, ' +
    "wss://HOST or unix:///PATH",
  ]],
  ['connection: {uri: "mqtt://h/path"}', [
    'connection.uri: "mqtt://h/path" has a path (/path), which only ws and wss may have',
  ]],
  ["connection: {password: x}", [
    "connection.password: is there without a username [MQTT-3.1.2-22]",
  ]],
  ["connection: {certfile: a}", [
    "connection: certfile and keyfile belong together; expected both or neither",
  ]],
  ["verify_cert: false", [
    "verify_cert: got false, expected true unless check_hostname is false too",
  ]],
  ["will: {topic: a/#}", [
    "will.topic: a topic name must not contain a wildcard [MQTT-4.7.1-1]",
  ]],
  ["keep_alive: 70000\ndefault_qos: 3\nreconnect_retries: many", [
    "keep_alive: got 70000, expected a whole number of seconds up to 65535, or 0 for off",
    "default_qos: got 3, expected 0, 1 or 2",
    'reconnect_retries: got "many", expected a whole number; negative for ever',
  ]],
  ["topics: {a: {qos: 5}}", ["topics.a.qos: got 5, expected 0, 1 or 2"]],
  ["topics: {a: 1}", [
    "topics.a: got 1, expected a mapping with keys such as qos, retain",
  ]],
  ["connection: {headers: {a: 1, b: c}, username: 5}", [
    "connection.username: got 5, expected text",
    "connection.headers.a: got a number, expected a text (a number needs quotes)",
  ]],
  ["ping_delay: soon\nack_timeout: 1w", [
    'ping_delay: got "soon", expected a duration such as 10 (seconds), 500ms, 5s, 1m, 2h, 7d',
    'ack_timeout: got "1w", expected a duration such as 10 (seconds), 500ms, 5s, 1m, 2h, 7d, or 0 for no limit',
  ]],
  ["clean_session: false", [/^clean_session: unknown key; did you mean cleansession\? /.source]],
  ["plugins: [no_such]", [/^plugins\[0\]: unknown plugin; /.source]],
];

for (const [text, lines] of WRONG) {
  Deno.test(`client config: ${text.replaceAll("\n", "; ")} is refused`, () => {
    const got = problems(text);
    assertEquals(got.length, lines.length, got.join("\n"));
    for (const [at, line] of lines.entries()) {
      const problem = got[at]!.replace("client.yaml: ", "");
      if (line.startsWith("^")) assertEquals(new RegExp(line).test(problem), true, problem);
      else assertEquals(problem, line);
    }
  });
}

Deno.test("client config: without plugins there are none, and nobody is warned of it", () => {
  for (const plugins of ["null", "{}", "[]"]) {
    const config = read(`plugins: ${plugins}`);
    assertEquals([config.plugins, config.warnings], [[], []]);
  }
});

Deno.test("client config: a kept session that nobody finds again is warned of", () => {
  assertEquals(read("cleansession: false").warnings, [
    "client.yaml: cleansession: false without client_id: nobody finds this session again",
  ]);
});
