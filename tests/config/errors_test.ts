/**
 * Every way a configuration can be wrong, with the exact line a person reads.
 */
import { LISTENER_KEYS as LISTENER_TABLE } from "../../lib/config/listener_keys.ts";
import { assertEquals } from "@std/assert";
import { PACKAGED_NAMES } from "../../lib/config/plugins.ts";
import { problemsOf } from "./read.ts";

const PLUGINS = `${PACKAGED_NAMES.join(", ")}; or a path (./my_plugin.ts) or URL of a module`;
const BIND = '"HOST:PORT", ":PORT", PORT, "HOST" or "[IPV6]:PORT"';
const LISTENER_KEYS = Object.keys(LISTENER_TABLE).join(", ");

/** What is wrong, the text, the lines after `c.yaml`. */
const CASES: [what: string, text: string, ...lines: string[]][] = [
  [
    "a value that is no mapping",
    "hello",
    ': got "hello", expected a mapping with keys such as listeners, plugins, acl_cache',
  ],
  [
    "a list at the top",
    "- a",
    ': got ["a"], expected a mapping with keys such as listeners, plugins, acl_cache',
  ],
  [
    "an unknown key near a known one",
    "log: {levle: info}",
    ": log.levle: unknown key; did you mean level? Known keys: level, format, loggers",
  ],
  [
    "an unknown key near none",
    "acl_cache: {colour: red}",
    ": acl_cache.colour: unknown key; known keys: enable, max_size, ttl",
  ],
  [
    "camel case",
    "listeners: {default: {maxConnections: 3}}",
    `: listeners.default.maxConnections: unknown key; did you mean max_connections? Known keys: ${LISTENER_KEYS}`,
  ],
  [
    "a key in both spellings",
    "acl_cache: {max-size: 1, max_size: 2}",
    ": acl_cache.max_size: given twice, with a hyphen and with an underscore",
  ],
  [
    "a folder and a plugin for the storage",
    "{plugins: {./a.js: }, storage: {plugin: ./a.js, path: data/store, durability: os}}",
    ": storage.path: the plugin ./a.js keeps what is stored; expected plugin alone",
    ": storage.durability: the plugin ./a.js keeps what is stored; expected plugin alone",
  ],
  [
    "a storage by a plugin that is not loaded",
    "{plugins: {./store.js: }, storage: {plugin: ./stor.js}}",
    ": storage.plugin: ./stor.js is not in `plugins`; did you mean ./store.js? Known plugins: ./store.js",
  ],
  [
    "a wrong size",
    "max_packet_size: 1 XB",
    ': max_packet_size: got "1 XB", expected a size such as 4096 (bytes), 64KiB, 1MiB, or 0 for no limit',
  ],
  [
    "a fraction of a byte",
    "max_packet_size: 0.5",
    ": max_packet_size: got 0.5, expected a size such as 4096 (bytes), 64KiB, 1MiB, or 0 for no limit",
  ],
  [
    "a negative duration",
    "connect_timeout: -1",
    ": connect_timeout: got -1, expected a duration such as 10 (seconds), 500ms, 5s, 1m, 2h, 7d, or 0 for no limit",
  ],
  [
    "a duration in weeks",
    "session_expiry_interval: 2w",
    ': session_expiry_interval: got "2w", expected a duration such as 3600 (seconds), 2h, 7d, or 0 for never',
  ],
  [
    "more inflight messages than packet ids",
    "max_inflight: 65536",
    ": max_inflight: got 65536, expected a whole number up to 65535, or 0 for 65535",
  ],
  [
    "a negative count",
    "max_queued_messages: -5",
    ": max_queued_messages: got -5, expected a whole number, or 0 for no limit",
  ],
  ["an unknown word", "acl_nomatch: maybe", ': acl_nomatch: got "maybe", expected allow or deny'],
  ["no switch", "acl_cache: {enable: 1}", ": acl_cache.enable: got 1, expected true or false"],
  [
    "an unknown log level",
    "log: {level: loud}",
    ': log.level: got "loud", expected debug, info, warning or error',
  ],
  [
    "a foreign logger",
    "log: {loggers: {root: info}}",
    ": log.loggers.root: unknown logger; expected a name such as midge.broker",
  ],
  [
    "a level of a logger",
    "log: {loggers: {midge.net: 3}}",
    ": log.loggers.midge.net: got 3, expected debug, info, warning or error",
  ],
  [
    "management that is text",
    "management: data/midge.sock",
    ": management: got a text, expected a mapping with keys such as path, bind, token",
  ],
  [
    "management at two places",
    "management: {path: a.sock, bind: 1884}",
    ": management: path and bind are both given; expected only one of them",
  ],
  [
    "management without a path",
    "management: {path: ''}",
    ': management.path: got "", expected a path such as data/midge.sock',
  ],
  [
    "management that others can reach",
    'management: {bind: "0.0.0.0:1884"}',
    ': management.bind: got "0.0.0.0:1884", expected an address of this machine alone: 127.0.0.1',
  ],
  [
    "management on no port",
    "management: {bind: localhost}",
    `: management.bind: got "localhost", which has no port; expected ${BIND}`,
  ],
  [
    "management on a port that nobody could know",
    "management: {bind: 0, token: 0123456789abcdef}",
    ": management.bind: got port 0, expected a port: a token is given",
  ],
  [
    "a token that is guessed, and is not shown",
    "management: {bind: 1884, token: secret}",
    ": management.token: expected a text of 16 characters or more",
  ],
  [
    "a token for a socket file",
    "management: {token: 0123456789abcdef}",
    ": management.token: a token goes with bind; a socket file needs none",
  ],
  [
    "listeners that are none",
    "listeners: {}",
    ": listeners: got {}, expected a mapping from listener names to listeners",
  ],
  [
    "a listener that is text",
    "listeners: {a: tcp}",
    ": listeners.a: got a text, expected a mapping with keys such as type, bind, max_connections",
  ],
  [
    "a listener of an unknown type",
    "listeners: {a: {type: external}}",
    ': listeners.a.type: got "external", expected tcp, ws or unix',
  ],
  [
    "TLS without a certificate",
    "listeners: {a: {ssl: on}}",
    ": listeners.a.certfile: expected a certificate: ssl is true (docs/TLS.md; midge certs makes one)",
  ],
  [
    "a certificate without its key",
    "listeners: {a: {ssl: on, certfile: c.pem}}",
    ": listeners.a.keyfile: expected a path: certfile is given, and one goes with the other",
  ],
  [
    "a certificate from clients without authorities",
    "listeners: {a: {ssl: on, certfile: c, keyfile: k, verify_client: required}}",
    ": listeners.a.verify_client: got required, expected cafile, capath or cadata beside it: the authorities of the clients",
  ],
  [
    "names from certificates that no one is asked for",
    "listeners: {a: {ssl: on, certfile: c, keyfile: k, cert_as_username: cn}}",
    ": listeners.a.cert_as_username: expected verify_client optional or required: no client is asked for a certificate",
  ],
  [
    "a socket file that is an address",
    'listeners: {a: {type: unix, bind: "0.0.0.0:1883"}}',
    ': listeners.a.bind: got "0.0.0.0:1883", expected the path of a socket, such as /run/midge/mqtt.sock or ./mqtt.sock',
  ],
  [
    "a mode that YAML has read as a number",
    "listeners: {a: {type: unix, bind: ./s, mode: 0660}}",
    ': listeners.a.mode: got 432, expected three octal digits in quotes, such as "0660"',
  ],
  [
    "a part of a certificate that no proxy tells",
    "listeners: {a: {proxy_protocol: true, trusted_proxies: [10.0.0.1], cert_as_username: dn}}",
    ": listeners.a.cert_as_username: got dn, expected cn: a proxy tells the common name alone, and this listener has no ssl",
  ],
  [
    "the PROXY protocol from anyone",
    "listeners: {a: {proxy_protocol: true}}",
    ": listeners.a.trusted_proxies: expected the addresses of the proxies: proxy_protocol is on, and a header from anywhere could be a lie",
  ],
  [
    "an origin with a path",
    "listeners: {a: {type: ws, origins: [https://example.org/]}}",
    ': listeners.a.origins: got ["https://example.org/"], expected a list of origins (no paths, no wildcards) such as ["https://example.org"]',
  ],
  [
    "any origin, as other programs write it",
    'listeners: {a: {type: ws, origins: ["*"]}}',
    ': listeners.a.origins: got ["*"], expected a list of origins (no paths, no wildcards) such as ["https://example.org"]',
  ],
  [
    "a time between pings that is none",
    "listeners: {a: {type: ws, ping_interval: soon}}",
    ': listeners.a.ping_interval: got "soon", expected a duration such as 10 (seconds), 500ms, 5s, 1m, 2h, 7d, or 0 for no limit',
  ],
  [
    "an IPv6 address without brackets",
    'listeners: {a: {bind: "::1:1883"}}',
    ': listeners.a.bind: got "::1:1883", an IPv6 address without brackets; expected "[IPV6]:PORT"',
  ],
  [
    "brackets around no IPv6 address",
    'listeners: {a: {bind: "[localhost]:1"}}',
    `: listeners.a.bind: got "[localhost]:1", which has no IPv6 address in its brackets; expected ${BIND}`,
  ],
  [
    "a port beyond 65535",
    "listeners: {a: {bind: 70000}}",
    `: listeners.a.bind: got 70000, whose port is not a number from 0 to 65535; expected ${BIND}`,
  ],
  [
    "a scheme",
    'listeners: {a: {bind: "tcp://x:1"}}',
    `: listeners.a.bind: got "tcp://x:1", which has a scheme; expected ${BIND}`,
  ],
  [
    "a host with a space",
    'listeners: {a: {bind: "a b:1"}}',
    `: listeners.a.bind: got "a b:1", expected ${BIND}`,
  ],
  [
    "a bind that is a negative number",
    "listeners: {a: {bind: -4}}",
    `: listeners.a.bind: got -4, expected ${BIND}`,
  ],
  [
    "a bind with an IPv4 address that is none",
    "listeners: {a: {bind: '300.1.1.1:99'}}",
    `: listeners.a.bind: got "300.1.1.1:99", expected ${BIND}`,
  ],
  [
    "a bind that is a list",
    "listeners: {a: {bind: [1]}}",
    `: listeners.a.bind: got [1], expected ${BIND}, or the path of a socket for type unix`,
  ],
  [
    "two listeners on one address",
    "listeners: {default: , b: {max_connections: 3}}",
    ": listeners.b.bind: 0.0.0.0:1883 belongs to listener default too",
  ],
  [
    "an unknown plugin near a known one",
    "plugins: {auth_fiel: }",
    `: plugins.auth_fiel: unknown plugin; did you mean auth_file? Known plugins: ${PLUGINS}`,
  ],
  [
    "a Python class",
    "plugins: [amqtt.contrib.ldap.UserAuthLdapPlugin]",
    `: plugins[0]: unknown plugin; known plugins: ${PLUGINS}`,
  ],
  [
    "a plugin twice under two names",
    "plugins: {auth_file: , amqtt.plugins.authentication.FileAuthPlugin: }",
    ": plugins.amqtt.plugins.authentication.FileAuthPlugin: the same plugin as auth_file; expected each plugin once",
  ],
  [
    "a module twice",
    "plugins: [./a.ts, /conf/a.ts]",
    ": plugins[1]: the same plugin as ./a.ts; expected each plugin once",
  ],
  [
    "plugins that are text",
    "plugins: auth_file",
    ': plugins: got "auth_file", expected a mapping from plugin names to options, or a list of names',
  ],
  [
    "two plugins in one item of a list",
    "plugins: [{auth_file: , topic_acl: }]",
    ': plugins[0]: got {"auth_file":null,"topic_acl":null}, expected a plugin\'s name, or one name with its options',
  ],
  [
    "an option in both spellings",
    "plugins: {auth_file: {password-file: a, password_file: b}}",
    ": plugins.auth_file.password_file: given twice, with a hyphen and with an underscore",
  ],
  [
    "EntryPoint style: a plugin that does not authenticate",
    "auth: {plugins: [topic_acl]}",
    ': auth.plugins: got ["topic_acl"], expected a list of auth_anonymous, auth_file; other plugins go under plugins',
  ],
  [
    "EntryPoint style: an unknown key",
    "auth: {allow-anonymus: true}",
    ": auth.allow-anonymus: unknown key; did you mean allow_anonymous? Known keys: plugins, allow_anonymous, password_file",
  ],
  [
    "EntryPoint style: a negative interval",
    "sys_interval: -1",
    ": sys_interval: got -1, expected a number of seconds, or 0 for off",
  ],
  [
    "YAML: an open bracket",
    "a: [1, 2\nb: 3",
    ":2:1: not valid YAML: Cannot read flow collection: missing comma between flow collection entries",
  ],
  [
    "YAML: a key twice",
    "log:\nlog:",
    ":2:1: the key log is there twice, first in line 1",
  ],
  [
    "YAML: a tab",
    "listeners:\n\tdefault:\n\t\tbind: 1",
    ":2:1: a tab in the indentation; expected spaces",
  ],
  [
    "YAML: two documents",
    "---\nlog:\n---\nlog:",
    ":3:1: not valid YAML: Found more than 1 document in the stream: expected a single document",
  ],
  [
    "YAML: a number as a user's name",
    "plugins:\n  topic_acl:\n    acl:\n      0123: [a]",
    ':4:7: YAML does not read the key 0123 as text; write it in quotes: "0123"',
  ],
];

for (const [what, text, ...lines] of CASES) {
  Deno.test(`says in one line what is wrong: ${what}`, () => {
    assertEquals(problemsOf(text), lines.map((line) => `c.yaml${line}`));
  });
}

Deno.test("reports all problems at once, in the order of the sections", () => {
  const text = `
max_inflight: many
foo: 1
listeners: {default: {bind: x:y, type: udp}}
plugins: {nope: }
log: {level: 1}
`;
  const places = problemsOf(text).map((line) => line.split(": ")[1]);
  assertEquals(places, [
    "foo",
    "max_inflight",
    "listeners.default.type",
    "listeners.default.bind",
    "plugins.nope",
    "log.level",
  ]);
});

Deno.test("known words are listed once, however many are unknown", () => {
  const lines = problemsOf("foo: 1\nplugis: 2\nbar: 3\nlog: {x: 1, z: 2}");
  assertEquals(lines.map((line) => line.replace(/nown keys: .*/, "nown")), [
    "c.yaml: foo: unknown key; known",
    "c.yaml: plugis: unknown key; did you mean plugins?",
    "c.yaml: bar: unknown key",
    "c.yaml: log.x: unknown key; known",
    "c.yaml: log.z: unknown key",
  ]);
});

Deno.test("a value as long as a novel is cut, and a key with odd characters is quoted", () => {
  const [line] = problemsOf(`log: {format: ${"x".repeat(5000)}}`);
  assertEquals(line!.length < 150, true);
  const [odd] = problemsOf('"a\\nb": 1');
  assertEquals(odd!.startsWith('c.yaml: "a\\nb": unknown key'), true);
});
