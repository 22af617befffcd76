/**
 * What a configuration means: defaults, units, spellings, listeners, plugins; objects as well as files.
 */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { BROKER_KEYS } from "../../lib/config/broker_keys.ts";
import { configYaml } from "../../lib/config/broker_page.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import { PACKAGED_PLUGINS } from "../../lib/config/plugins.ts";
import { pluginsOf, read } from "./read.ts";

const CONFIG_YAML = new URL("../../config.yaml", import.meta.url).pathname;

Deno.test("without a file: what config.yaml says, but for this machine alone; open: with a warning that anyone may connect", async () => {
  const builtIn = await loadConfig(undefined);
  const file = await loadConfig(CONFIG_YAML);
  assertEquals(builtIn.warnings, [
    "no configuration file: only this machine reaches the broker; midge init writes one, --open lets others in",
  ]);
  const source = { file: undefined, directory: "", warnings: [] };
  const open = await loadConfig(undefined, { isOpen: true });
  assertEquals({ ...open, ...source }, { ...file, ...source });
  assertEquals(open.warnings, [
    "no configuration file: anyone who reaches this machine may connect; midge init writes one, with passwords",
  ]);
  const [listener] = builtIn.listeners;
  assertEquals([listener?.hostname, listener?.port], ["127.0.0.1", 1883]);
  assertEquals({ ...builtIn, ...source, listeners: [] }, { ...file, ...source, listeners: [] });
  assertEquals(builtIn.plugins.map(({ name }) => name), [
    "event_logger",
    "packet_logger",
    "auth_anonymous",
    "broker_sys",
    "dashboard",
  ]);
});

Deno.test("config.yaml's comments show every limit and switch with its true default", async () => {
  const text = await Deno.readTextFile(CONFIG_YAML);
  const uncommented = text
    .replaceAll(/^# ([a-z_]+:.*)$/gm, "$1")
    .replaceAll(/^# {3}([a-z_]+:.*)$/gm, "  $1")
    .replaceAll(/^ {4}# (max_connections:.*)$/gm, "    $1")
    // Its default depends on the plugins; the comment shows one of the two.
    .replaceAll(/^acl_combine:.*$/gm, "");
  const shown = read(uncommented);
  const silent = read("");
  assertEquals(shown.limits, silent.limits);
  assertEquals(shown.access, silent.access);
  assertEquals(shown.log, silent.log);
  assertEquals(shown.listeners, silent.listeners);
  assertEquals(shown.management, silent.management);
  for (const key of Object.keys(silent.limits)) {
    const written = key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    assertEquals(uncommented.includes(`\n${written}: `), true, `${written} is not in config.yaml`);
  }
});

Deno.test("an empty file, and keys without values, mean the defaults", () => {
  assertEquals(
    read("# nothing\n"),
    read("listeners:\nlog:\nacl_cache:\nmax_inflight:\nacl_nomatch:"),
  );
});

Deno.test("durations, sizes and limits in every unit", () => {
  const { limits, access } = read(`
connect_timeout: 500ms
timeout_disconnect_delay: 1.5
session_expiry_interval: 7d
max_packet_size: 64KiB
max_queued_bytes: 2 MiB
max_write_backlog: 1gib
max_total_write_backlog: 4096
acl_cache: {ttl: 2h}
`);
  assertEquals(limits.connectTimeout, 500);
  assertEquals(limits.timeoutDisconnectDelay, 1500);
  assertEquals(limits.sessionExpiryInterval, 604_800_000);
  assertEquals(limits.maxPacketSize, 65_536);
  assertEquals(limits.maxQueuedBytes, 2_097_152);
  assertEquals(limits.maxWriteBacklog, 1_073_741_824);
  assertEquals(limits.maxTotalWriteBacklog, 4096);
  assertEquals(access.cache.ttl, 7_200_000);
});

Deno.test("0 is no limit, for inflight the standard's 65535, for the cache off", () => {
  const { limits, access, listeners } = read(`
max_packet_size: 0
max_inflight: 0
max_connections: 0
connect_timeout: 0
session_expiry_interval: 0
timeout_disconnect_delay: 0
acl_cache: {max_size: 0}
listeners: {default: {max_connections: 0}}
`);
  assertEquals(limits.maxPacketSize, Infinity);
  assertEquals(limits.maxInflight, 65_535);
  assertEquals(limits.maxConnections, Infinity);
  assertEquals(limits.connectTimeout, Infinity);
  assertEquals(limits.sessionExpiryInterval, Infinity);
  assertEquals(limits.timeoutDisconnectDelay, 0);
  assertEquals(access.cache.maxSize, 0);
  assertEquals(listeners[0]!.maxConnections, Infinity);
});

Deno.test("sessions: null is for ever, as in aMQTT; without the key they end", () => {
  assertEquals(read("session_expiry_interval: null").limits.sessionExpiryInterval, Infinity);
  assertEquals(read("").limits.sessionExpiryInterval, 7 * 86_400_000);
});

Deno.test("hyphens for underscores in known keys, never in user-made maps", () => {
  const config = read(`
max-inflight: 5
acl-cache: {max-size: 7, enable: yes}
listeners: {my-listener: {max-connections: 3}}
plugins:
  auth-file: {password-file: p}
  ./my-plugin.ts: {my-option: 1}
  topic_acl: {publish-acl: {my-user: [a-b]}}
`);
  assertEquals(config.limits.maxInflight, 5);
  assertEquals(config.access.cache.maxSize, 7);
  assertEquals(config.listeners.map(({ name, maxConnections }) => [name, maxConnections]), [
    ["my-listener", 3],
  ]);
  assertEquals(config.plugins.map(({ name, options }) => [name, options]), [
    ["auth_file", { password_file: "p" }],
    ["./my-plugin.ts", { "my-option": 1 }],
    ["topic_acl", { publish_acl: { "my-user": ["a-b"] } }],
  ]);
});

const BINDS: [bind: string, hostname: string, port: number][] = [
  ["127.0.0.1:1884", "127.0.0.1", 1884],
  [":1884", "0.0.0.0", 1884],
  ["1884", "0.0.0.0", 1884],
  ['"1884"', "0.0.0.0", 1884],
  ["0", "0.0.0.0", 0],
  ["localhost", "localhost", 1883],
  ['"mqtt.example.org:"', "mqtt.example.org", 1883],
  ['"[::1]:1884"', "::1", 1884],
  ['"[::]"', "::", 1883],
  ['"[fe80::1%eth0]:1"', "fe80::1%eth0", 1],
];

for (const [bind, hostname, port] of BINDS) {
  Deno.test(`bind: ${bind}`, () => {
    const [listener] = read(`listeners: {a: {bind: ${bind}}}`).listeners;
    assertEquals([listener!.hostname, listener!.port], [hostname, port]);
  });
}

Deno.test("listeners take what they leave out from default, wherever that stands", () => {
  const { listeners } = read(`
listeners:
  a: {bind: ":1884"}
  b: {bind: ":1885", max_connections: 0}
  c: {bind: 0, max_connections: null}
  default: {bind: "[::1]:0", max-connections: 9}
`);
  const rows = listeners.map((
    { name, hostname, port, maxConnections },
  ) => [name, hostname, port, maxConnections]);
  assertEquals(rows, [
    ["a", "0.0.0.0", 1884, 9],
    ["b", "0.0.0.0", 1885, Infinity],
    ["c", "0.0.0.0", 0, 9],
    ["default", "::1", 0, 9],
  ]);
});

Deno.test("every packaged plugin under every name, and its file is there", async () => {
  for (const { name, aliases } of PACKAGED_PLUGINS) {
    for (const key of [name, name.replaceAll("_", "-"), ...aliases]) {
      const [plugin] = read(`plugins: {${key}: }`).plugins;
      assertEquals([plugin!.name, plugin!.key, plugin!.packaged], [name, key, true]);
      assertEquals((await Deno.stat(new URL(plugin!.module))).isFile, true);
    }
  }
  const files = [...Deno.readDirSync(new URL("../../plugins/", import.meta.url))];
  const names = files.filter((file) => file.isFile)
    .map((file) => file.name.replace(/\.ts$/, "")).sort();
  assertEquals(names, PACKAGED_PLUGINS.map(({ name }) => name).sort());
});

Deno.test("plugins by path and by URL; paths are relative to the file", () => {
  const keys = [
    "./a.ts",
    "../b.js",
    "/abs/c.mjs",
    "sub/d.mts",
    "https://h.example/e.ts",
    "npm:f@1",
  ];
  const modules = read(`plugins: ${JSON.stringify(keys)}`).plugins.map(({ module }) => module);
  assertEquals(modules, [
    "file:///conf/a.ts",
    "file:///b.js",
    "file:///abs/c.mjs",
    "file:///conf/sub/d.mts",
    "https://h.example/e.ts",
    "npm:f@1",
  ]);
});

Deno.test("plugins as a list of names and one-key mappings keep their order", () => {
  assertEquals(
    pluginsOf("plugins:\n- topic_acl\n- auth_file: {password_file: p}\n- auth_anonymous:"),
    [
      ["topic_acl", {}],
      ["auth_file", { password_file: "p" }],
      ["auth_anonymous", {}],
    ],
  );
});

for (const text of ["plugins:", "plugins: {}", "plugins: []"]) {
  Deno.test(`${text} loads none and warns`, () => {
    const config = read(text);
    assertEquals(config.plugins, []);
    assertEquals(config.warnings, [
      "c.yaml: plugins: no plugins, so nobody is let in; auth_anonymous or auth_file would",
    ]);
  });
}

Deno.test("an object is read as a file is; its errors start with the key path", () => {
  const source = { directory: "/conf" };
  const options = { listeners: { a: { bind: 0 } }, plugins: ["auth_anonymous"], max_inflight: 3 };
  const config = normalizeConfig(options, source);
  assertEquals([config.file, config.limits.maxInflight], [undefined, 3]);
  assertThrows(
    () => normalizeConfig({ max_inflight: "x" }, source),
    Error,
    'max_inflight: got "x", expected a whole number up to 65535, or 0 for 65535',
  );
});

Deno.test("access and log settings", () => {
  const { access, log } = read(`
acl_nomatch: deny
acl_deny_action: disconnect
acl_combine: all
acl_wildcards: emqx
takeover: same_user
acl_cache: {enable: off}
log: {level: WARN, format: json, loggers: {midge.plugins.auth_file: debug}}
`);
  assertEquals(access, {
    nomatch: "deny",
    denyAction: "disconnect",
    combine: "all",
    wildcards: "emqx",
    takeover: "same_user",
    tests: undefined,
    allowDollarTopics: [],
    cache: { maxSize: 0, ttl: 60_000 },
  });
  assertEquals(log, {
    level: "warning",
    format: "json",
    loggers: { "midge.plugins.auth_file": "debug" },
  });
});

Deno.test("management: a socket file beside the configuration, off by null, for an object off by default", () => {
  const unix = (path: string) => ({ kind: "unix", path });
  assertEquals(read("").management, unix("/conf/data/midge.sock"));
  assertEquals(read("management: {}").management, unix("/conf/data/midge.sock"));
  assertEquals(read("management: {path: ../m.sock}").management, unix("/m.sock"));
  for (const off of ["", " null", " off", " false"]) {
    assertEquals(read(`management:${off}`).management, undefined);
  }
  const source = { directory: "/conf" };
  assertEquals(normalizeConfig({}, source).management, undefined);
  assertEquals(normalizeConfig({ management: {} }, source).management, read("").management);
});

Deno.test("management: a loopback port, the token given or left in a file", () => {
  const tcp = { kind: "tcp", hostname: "127.0.0.1", port: 1884 };
  const own = { token: undefined, endpointFile: "/conf/data/management.json" };
  assertEquals(read("management: {bind: 1884}").management, { ...tcp, ...own });
  assertEquals(read("management: {bind: 0}").management, { ...tcp, port: 0, ...own });
  const token = "0123456789abcdef";
  assertEquals(
    read(`management: {bind: "[::1]:1884", token: ${token}}`).management,
    { ...tcp, hostname: "::1", token, endpointFile: undefined },
  );
});

Deno.test("a key without a value means its default, but for three", () => {
  const of = (raw: unknown) => normalizeConfig(raw, { file: "c.yaml", directory: "/etc/midge" });
  const usual = JSON.stringify(of({}));
  const others = Object.keys(BROKER_KEYS)
    .filter((key) => JSON.stringify(of({ [key]: null })) !== usual)
    .sort();
  assertEquals(others, ["management", "plugins", "session_expiry_interval"]);
  const page = configYaml().replaceAll("\n# ", " ");
  for (const key of others) assertStringIncludes(page, `${key} (`);
});
