/** EMQ X's TLS and WebSocket listeners, and proxies in front: what becomes of each key. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/user_error.ts";
import { CERTIFICATES, importTexts } from "./support.ts";

const CONF = "allow_anonymous = true\nzone.external.enable_acl = on\n";
const CERTS = { certfile: "server.crt", keyfile: "server.key" };
const TLS =
  "certfile = {{ platform_etc_dir }}/certs/server.crt\nkeyfile = etc/certs/server.key\nciphers = A,B\n";
const PROXIES = { trusted_proxies: ["127.0.0.1", "::1"] };
const CIPHERS = /ciphers .*: Deno chooses the ciphers, and has only good ones$/;

/** One listener `external` of a type at this machine; each line is a key of it. */
async function importOne(type: string, lines: string) {
  const prefix = `listener.${type}.external`;
  const own = lines.replaceAll(/^(?=.)/gm, `${prefix}.`);
  const conf = `${CONF}${prefix} = 127.0.0.1:8883\n${prefix}.zone = external\n${own}`;
  const { config, notes } = await importTexts(
    { "emqx.conf": conf, ...CERTIFICATES },
    ["emqx.conf"],
  );
  const listeners = config.listeners as Record<string, Record<string, unknown>>;
  const [name, listener] = Object.entries(listeners)[0]!;
  return {
    name,
    listener,
    notes: notes.filter((note) => !CIPHERS.test(note)),
    letsIn: "auth_anonymous" in (config.plugins as object),
  };
}

Deno.test("TLS that asks no client for anything", async () => {
  const { name, listener, notes } = await importOne(
    "ssl",
    `${TLS}key_password = a b\ncacertfile = etc/certs/ca.crt\ntls_versions = tlsv1.3,tlsv1.2\n` +
      "peer_cert_as_username = cn\nreuse_sessions = on\nhandshake_timeout = 15s\n",
  );
  assertEquals(name, "external_ssl");
  assertEquals(listener, {
    bind: "127.0.0.1:8883",
    ssl: true,
    ...CERTS,
    key_passphrase: "a b",
    min_version: "1.2",
  });
  const prefix = "listener.ssl.external";
  assertEquals(notes, [
    `not carried over: ${prefix}.cacertfile (emqx.conf:9): no client is asked for a certificate (verify); ` +
    "certificates between the server's and its authority's belong into certfile",
    `not carried over: ${prefix}.peer_cert_as_username (emqx.conf:11): no client is asked for a certificate (verify)`,
    `not carried over: ${prefix}.reuse_sessions, ${prefix}.handshake_timeout (emqx.conf:12): Midge has no such ` +
    "limits or options of a listener",
  ]);
});

Deno.test("client certificates, needed or not, and names from them", async () => {
  const asked = `${TLS}cacertfile = ca.crt\nverify = verify_peer\n`;
  const optional = await importOne("ssl", asked);
  assertEquals(
    [optional.listener!.cafile, optional.listener!.verify_client, optional.letsIn],
    ["ca.crt", "optional", true],
  );
  const needed = await importOne(
    "ssl",
    `${asked}fail_if_no_peer_cert = true\npeer_cert_as_username = dn\npeer_cert_as_clientid = cn\ndepth = 3\n`,
  );
  const { verify_client, cert_as_username, cert_as_clientid } = needed.listener!;
  assertEquals([verify_client, cert_as_username, cert_as_clientid], ["required", "dn", "cn"]);
  assertEquals(needed.notes.length, 1);
  assert(needed.notes[0]!.endsWith("chains of certificates may be of any length"));
});

Deno.test("versions of TLS", async () => {
  const rows: [versions: string, least: string, isTold: boolean][] = [
    ["tlsv1.3", "1.3", false],
    ["tlsv1.2, tlsv1.3", "1.2", false],
    ["tlsv1.2", "1.2", true],
    ["tlsv1.3,tlsv1.2,tlsv1.1,tlsv1", "1.2", true],
    ["tlsv1", "1.2", true],
  ];
  for (const [versions, least, isTold] of rows) {
    const { listener, notes } = await importOne("ssl", `${TLS}tls_versions = ${versions}\n`);
    assertEquals([listener!.min_version, notes.length > 0], [least, isTold], versions);
  }
  await assertRejects(
    () => importOne("ssl", `${TLS}tls_versions = 1.2\n`),
    UserError,
    'tls_versions: got "1.2", expected some of tlsv1',
  );
});

Deno.test("WebSocket: its path, origins, and who is believed about addresses", async () => {
  const { name, listener, notes } = await importOne("ws", "");
  assertEquals(name, "external_ws");
  assertEquals(listener, { type: "ws", bind: "127.0.0.1:8883", path: "/mqtt", ...PROXIES });
  assertEquals(notes, [
    "differs: listeners.external_ws (emqx.conf:3): X-Forwarded-For is believed from this machine only " +
    "(EMQ X: from anyone); add your proxies to trusted_proxies",
  ]);
  const more = await importOne(
    "ws",
    "mqtt_path = /a\ncheck_origin_enable = true\nallow_origin_absence = false\n" +
      "check_origins = https://a.example, https://b.example\nfail_if_no_subprotocol = true\n" +
      "supported_subprotocols = mqtt, mqtt-v5\nproxy_address_header = X-Real-IP\n",
  );
  assertEquals(more.listener, {
    type: "ws",
    bind: "127.0.0.1:8883",
    path: "/a",
    origins: ["https://a.example", "https://b.example"],
  });
  assertEquals(more.notes.map((note) => note.replace(/ \(.*/, "")), [
    "differs: listener.ws.external.allow_origin_absence",
    "differs: listener.ws.external.fail_if_no_subprotocol",
    "differs: listener.ws.external.supported_subprotocols",
    "not carried over: listener.ws.external.proxy_address_header",
  ]);
});

Deno.test("origins are checked, and none is named: no page gets in", async () => {
  const { listener } = await importOne("ws", "check_origin_enable = true\n");
  assertEquals(listener!.origins, ["https://no-page.invalid"]);
  const off = await importOne("ws", "check_origin_enable = false\ncheck_origins = https://a\n");
  assertEquals(off.listener!.origins, undefined);
});

Deno.test("WebSocket with TLS", async () => {
  const { name, listener } = await importOne("wss", `${TLS}max_connections = 5\n`);
  assertEquals([name, listener], ["external_wss", {
    type: "ws",
    bind: "127.0.0.1:8883",
    max_connections: 5,
    ssl: true,
    ...CERTS,
    path: "/mqtt",
    ...PROXIES,
  }]);
});

Deno.test("the PROXY protocol, on every type", async () => {
  for (const [type, lines] of [["tcp", ""], ["ssl", TLS], ["ws", ""], ["wss", TLS]] as const) {
    const { listener, notes } = await importOne(type, `${lines}proxy_protocol = on\n`);
    assertEquals(
      [listener!.proxy_protocol, listener!.trusted_proxies],
      [true, PROXIES.trusted_proxies],
    );
    assertEquals(notes.length, 1);
    assert(notes[0]!.includes("only proxies on this machine may connect (EMQ X: any)"), notes[0]);
  }
});

Deno.test("names from certificates that the proxy was shown", async () => {
  for (const type of ["tcp", "ws"]) {
    const { listener } = await importOne(
      type,
      "proxy_protocol = on\npeer_cert_as_username = cn\npeer_cert_as_clientid = cn\n",
    );
    const { cert_as_username, cert_as_clientid, proxy_protocol } = listener!;
    assertEquals([cert_as_username, cert_as_clientid, proxy_protocol], ["cn", "cn", true], type);
  }
});

Deno.test("listeners of one name and different types; default is no name to inherit from", async () => {
  const { config } = await importTexts({
    "emqx.conf": "listener.tcp.default = 1883\nlistener.tcp.default.max_connections = 5\n" +
      "listener.tcp.a = 1884\nlistener.ws.a = 8083\nlistener.ws.default = 8084\n",
  });
  const listeners = config.listeners as Record<string, Record<string, unknown>>;
  assertEquals(Object.keys(listeners), ["default_tcp", "a", "a_ws", "default_ws"]);
});

/** Keys with which a listener is left out, and whether no one comes in by what stands for it. */
const LEFT_OUT: [type: string, lines: string, keepsOut: boolean, why: string][] = [
  ["ssl", "", false, "it has no certfile or no keyfile"],
  ["ssl", "verify = verify_peer\n", true, "it has no certfile or no keyfile"],
  ["wss", `${TLS}psk_ciphers = A\n`, true, "Midge has no TLS with pre-shared keys"],
  ["ssl", `${TLS}verify = verify_peer\n`, true, "without cacertfile no certificate is good"],
  [
    "ssl",
    `${TLS}verify = verify_peer\ncacertfile = ca.crt\nenable_crl_check = true\n`,
    true,
    "it asks authorities what they have revoked",
  ],
  [
    "ssl",
    `${TLS}verify = verify_peer\ncacertfile = ca.crt\nverify_peer_ext_key_usage = serverAuth\n`,
    true,
    "it wants certificates for serverAuth",
  ],
  [
    "ssl",
    `${TLS}verify = verify_peer\ncacertfile = ca.crt\npeer_cert_as_username = md5\n`,
    true,
    "it takes md5 of a certificate for a name (peer_cert_as_username)",
  ],
  ["ws", "peer_cert_as_username = cn\n", true, "it takes names from certificates"],
  [
    "tcp",
    "proxy_protocol = on\npeer_cert_as_clientid = dn\n",
    true,
    "it takes names from certificates (peer_cert_as_clientid) and has no TLS",
  ],
];

for (const [type, lines, keepsOut, why] of LEFT_OUT) {
  Deno.test(`left out: ${type}, ${why}`, async () => {
    const { name, listener, notes, letsIn } = await importOne(type, lines);
    assertEquals([name, listener], ["default", { bind: "127.0.0.1:1883" }]);
    assert(notes[0]!.includes(`: ${why}`), notes[0]);
    assertEquals(letsIn, !keepsOut);
  });
}

Deno.test("a certificate that is not here is an error", async () => {
  await assertRejects(
    () => importOne("ssl", "certfile = etc/other.crt\nkeyfile = server.key\n"),
    UserError,
    'listener.ssl.external.certfile: there is no file "etc/other.crt" here',
  );
});
