/** mosquitto's TLS, WebSocket and Unix sockets, and proxies in front: what becomes of each key. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/user_error.ts";
import { CERTIFICATES, importTexts } from "./support.ts";

const TLS = "certfile /etc/m/server.crt\nkeyfile /etc/m/server.key\n";
const CERTS = { certfile: "server.crt", keyfile: "server.key" };

async function importConf(conf: string) {
  const { config, notes } = await importTexts(
    { "mosquitto.conf": conf, ...CERTIFICATES },
    ["mosquitto.conf"],
  );
  return { listeners: config.listeners as Record<string, unknown>, config, notes };
}

/** The one listener of a configuration, and what is said of it. */
async function importOne(lines: string) {
  const { listeners, notes, config } = await importConf(`listener 8883 127.0.0.1\n${lines}`);
  const { bind, ...rest } = listeners.default as Record<string, unknown>;
  return { bind, rest, notes, config };
}

Deno.test("TLS that asks no client for anything", async () => {
  const { bind, rest, notes } = await importOne(`${TLS}cafile ca.crt\nrequire_certificate false\n`);
  assertEquals([bind, rest], ["127.0.0.1:8883", { ssl: true, ...CERTS }]);
  assertEquals(notes, [
    "not carried over: cafile (mosquitto.conf:4): no client is asked for a certificate (require_certificate); " +
    "certificates between the server's and its authority's belong into certfile",
  ]);
});

Deno.test("TLS with client certificates, of which the version and the ciphers are given", async () => {
  const { rest, notes } = await importOne(
    `${TLS}cafile ca.crt\nrequire_certificate true\ncrlfile list.pem\ntls_version tlsv1.3\n` +
      "ciphers HIGH\nciphers_tls1.3 TLS_AES_128_GCM_SHA256\ndhparamfile dh.pem\n" +
      "disable_client_cert_date_checks true\ntls_keyform pem\ntls_engine_kpass_sha1 a\n",
  );
  assertEquals(rest, {
    ssl: true,
    ...CERTS,
    min_version: "1.3",
    cafile: "ca.crt",
    crlfile: "list.pem",
    verify_client: "required",
  });
  assertEquals(notes.map((note) => note.split(" (")[0]), [
    "not carried over: ciphers",
    "not carried over: ciphers_tls1.3",
    "not carried over: dhparamfile",
    "not carried over: disable_client_cert_date_checks",
    "not carried over: tls_engine_kpass_sha1",
  ]);
});

Deno.test("TLS 1.1 is not spoken; a version that is none is refused", async () => {
  const { rest, notes } = await importOne(`${TLS}tls_version tlsv1.1\n`);
  assertEquals(rest, { ssl: true, ...CERTS, min_version: "1.2" });
  assertEquals(notes, [
    "differs: tls_version (mosquitto.conf:4): TLS 1.2 is the oldest that is spoken",
  ]);
  await assertRejects(() => importOne(`${TLS}tls_version tlsv1\n`), UserError, 'got "tlsv1"');
});

Deno.test("names from certificates", async () => {
  const asked = `${TLS}cafile ca.crt\nrequire_certificate true\n`;
  const names: [lines: string, field: string, id: string | undefined][] = [
    ["use_identity_as_username true\n", "cn", undefined],
    ["use_subject_as_username 1\n", "dn", undefined],
    ["use_subject_as_username true\nuse_identity_as_username true\n", "cn", undefined],
    ["use_identity_as_username true\nuse_username_as_clientid true\n", "cn", "cn"],
    ["use_subject_as_username true\nuse_username_as_clientid true\n", "dn", "dn"],
  ];
  for (const [lines, field, id] of names) {
    const { rest, config } = await importOne(asked + lines);
    assertEquals([rest.cert_as_username, rest.cert_as_clientid], [field, id], lines);
    // As in mosquitto, such a client is asked for no password.
    assertEquals(Object.keys(config.plugins as object), [
      "event_logger",
      "auth_cert",
      "broker_sys",
    ]);
  }
  assert(!("auth_cert" in ((await importOne(asked)).config.plugins as object)));
});

Deno.test("names from certificates beside a plugin that stays behind let no one in", async () => {
  const { config, notes } = await importOne(
    `${TLS}cafile ca.crt\nrequire_certificate true\nuse_identity_as_username true\nplugin a.so\n`,
  );
  assertEquals(Object.keys(config.plugins as object), ["event_logger", "broker_sys"]);
  assert(
    notes.some((note) => note.startsWith("differs: use_identity_as_username (mosquitto.conf:6)")),
  );
});

Deno.test("WebSocket, with TLS and without, and the origins of pages", async () => {
  const { listeners, notes } = await importConf(
    "listener 9001 127.0.0.1\nprotocol websockets\nwebsockets_origin https://a.example\n" +
      "websockets_origin https://b.example\nwebsockets_origin b.example\nhttp_dir /srv\n" +
      `listener 9002 127.0.0.1\nprotocol websockets\n${TLS}`,
  );
  assertEquals(listeners, {
    mqtt_9001: {
      type: "ws",
      bind: "127.0.0.1:9001",
      origins: ["https://a.example", "https://b.example"],
    },
    mqtt_9002: { type: "ws", bind: "127.0.0.1:9002", ssl: true, ...CERTS },
  });
  assertEquals(notes, ["not carried over: http_dir (mosquitto.conf:6): Midge serves no files"]);
});

Deno.test("origins of which no browser sends any keep pages out", async () => {
  const { rest } = await importOne("protocol websockets\nwebsockets_origin example.org/path\n");
  assertEquals(rest.origins, ["https://no-page.invalid"]);
});

Deno.test("Unix sockets", async () => {
  const { listeners, notes } = await importConf(
    "listener 0 /run/mosquitto/m.sock\nmax_connections 5\nlistener 0 m.sock\nlistener 1883 ::1\n",
  );
  assertEquals(listeners, {
    mqtt_unix: { type: "unix", bind: "/run/mosquitto/m.sock", max_connections: 5 },
    mqtt_unix_2: { type: "unix", bind: "./m.sock" },
    mqtt_1883: { bind: "[::1]:1883" },
  });
  assertEquals(notes, [
    "differs: listener 0 m.sock (mosquitto.conf:3): from the folder of the configuration on (mosquitto: " +
    "where it is started)",
  ]);
});

Deno.test("a proxy in front is believed where it is on this machine", async () => {
  const { rest, notes } = await importOne("enable_proxy_protocol 2\n");
  assertEquals(rest, { proxy_protocol: true, trusted_proxies: ["127.0.0.1", "::1"] });
  assertEquals(notes, [
    "differs: enable_proxy_protocol (mosquitto.conf:2): only proxies on this machine may connect (mosquitto: " +
    "any); add yours to trusted_proxies",
  ]);
  assertEquals((await importOne("enable_proxy_protocol 0\n")).rest, {});
});

Deno.test("of a pair of IPv4 and IPv6 that is not alike, IPv6 is left out", async () => {
  const { listeners, notes } = await importConf(
    `listener 8883 0.0.0.0\nlistener 8883 ::\n${TLS}`,
  );
  assertEquals(listeners, { default: { bind: "0.0.0.0:8883" } });
  assert(notes[0]!.startsWith("not carried over: listener 8883 (mosquitto.conf:2): [::] takes"));
});

/** Settings behind `listener 8883` with which it is left out, whether it kept people out, and why. */
const LEFT_OUT: [lines: string, keepsOut: boolean, why: string][] = [
  ["cafile ca.crt\n", false, "it has no certfile or no keyfile, and so no TLS in mosquitto"],
  ["keyfile a\nrequire_certificate true\n", true, "it has no certfile or no keyfile"],
  [`${TLS}psk_hint a\n`, true, "Midge has no TLS with pre-shared keys"],
  [`${TLS}tls_engine a\n`, false, "its key is in an OpenSSL engine"],
  [`${TLS}tls_keyform engine\nrequire_certificate true\n`, true, "its key is in an OpenSSL engine"],
  [`${TLS}require_certificate true\n`, true, "without cafile and capath no certificate is good"],
  [`${TLS}use_identity_as_username true\n`, true, "without require_certificate"],
  [
    `protocol websockets\n${TLS}cafile ca.crt\nrequire_certificate true\nuse_subject_as_username true\n`,
    true,
    "with WebSocket mosquitto 2.0 asks for passwords in spite of use_subject_as_username",
  ],
  [
    "enable_proxy_protocol 2\nproxy_protocol_v2_require_tls true\n",
    true,
    "it keeps out clients that came to the proxy without TLS",
  ],
  [`${TLS}use_username_as_clientid true\n`, true, "use_username_as_clientid keeps out"],
];

for (const [lines, keepsOut, why] of LEFT_OUT) {
  Deno.test(`left out: ${lines.trim().replaceAll("\n", ", ")}`, async () => {
    const { config, notes } = await importConf(
      `allow_anonymous true\nlistener 8883 127.0.0.1\n${lines}`,
    );
    assertEquals(config.listeners, { default: { bind: "127.0.0.1:1883" } });
    assert(
      notes[0]!.startsWith(`not carried over: listener 8883 (mosquitto.conf:2): ${why}`),
      notes[0],
    );
    assertEquals("auth_anonymous" in (config.plugins as object), !keepsOut);
  });
}

Deno.test("TLS or WebSocket on a Unix socket is left out", async () => {
  for (const lines of [TLS, "protocol websockets\n"]) {
    const { listeners, notes } = await importConf(`listener 0 /run/m.sock\n${lines}`);
    assertEquals(listeners, { default: { bind: "127.0.0.1:1883" } });
    assert(notes[0]!.includes("on Unix sockets"), notes[0]);
  }
});
