/** What docs/TLS.md says that the log says, when a connection fails before MQTT begins: provoked, and compared. */
import { assert, assertEquals } from "@std/assert";
import { connect as connectTls } from "node:tls";
import { issueAuthority, issueLeaf } from "../../lib/cli/certs/issue.ts";
import { certPath } from "../support/certs.ts";
import { MidgeProcess, TempFolder } from "../support/midge_process.ts";
import { freePorts } from "../support/mosquitto.ts";
import { bytes, connect, utf8 } from "../support/raw_packets.ts";

const TEXT = await Deno.readTextFile(new URL("../../docs/TLS.md", import.meta.url));
const CA = Deno.readTextFileSync(certPath("ca.pem"));

/** The first column of the table of troubles, `...` as whatever stands there. */
const LINES = [...TEXT.slice(TEXT.indexOf("| the log says")).matchAll(/^\| `([^`]+)`/gm)]
  .map(([, line]) => line!);

/** What is sent to a port, and how. */
type Knock = (port: number) => Promise<void>;

/** Sends bytes and waits for the end. */
function raw(data: Uint8Array): Knock {
  return async (port) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(data);
    const buffer = new Uint8Array(1024);
    while (await connection.read(buffer).catch(() => null) !== null);
    connection.close();
  };
}

/** Begins a handshake of TLS, and waits for the end. */
function tls(options: Record<string, unknown>): Knock {
  return (port) =>
    new Promise((resolve) => {
      const socket = connectTls({ host: "127.0.0.1", port, servername: "localhost", ...options });
      socket.on("error", () => {});
      socket.on("close", () => resolve());
      socket.on("secureConnect", () => socket.write(connect({ clientId: "late" })));
      socket.resume();
    });
}

const HTTP = "GET / HTTP/1.1\r\nHost: localhost\r\n";
const UPGRADE =
  `${HTTP}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";

/** Of another authority. */
async function stranger(): Promise<{ cert: string; key: string }> {
  const authority = await issueAuthority({ commonName: "another authority" }, 1);
  const { certificate, key } = await issueLeaf(
    { subject: { commonName: "x" }, use: "device", names: [], days: 1 },
    authority,
  );
  return { cert: certificate, key };
}

const SERVER = {
  cert: Deno.readTextFileSync(certPath("server.pem")),
  key: Deno.readTextFileSync(certPath("server.key")),
};

const TROUBLES: readonly [listener: string, knock: Knock, says: string][] = [
  ["plain", tls({ ca: CA }), "this is TLS: use a listener with ssl: true"],
  ["plain", raw(utf8(`${UPGRADE}\r\n`)), "this is a WebSocket: use a listener of type ws"],
  ["tls", raw(connect({ clientId: "a" })), "this is MQTT without TLS:"],
  ["tls", raw(utf8(`${HTTP}\r\n`)), "this is HTTP without TLS, and the port speaks TLS"],
  ["tls", raw(bytes(utf8("*********"))), "the first bytes are not those of TLS"],
  ["tls", tls({}), "the client does not take the server's certificate"],
  ["newest", tls({ ca: CA, maxVersion: "TLSv1.2" }), "have no TLS in common"],
  ["newest", tls({ ca: CA, ALPNProtocols: ["other"] }), "the client offers by ALPN none of"],
  ["mutual", tls({ ca: CA }), "it has shown no client certificate"],
  [
    "mutual",
    tls({ ca: CA, ...await stranger() }),
    "no authority of cafile has signed the certificate",
  ],
  ["mutual", tls({ ca: CA, ...SERVER }), "is for servers only"],
  ["proxied", raw(connect({ clientId: "a" })), "no header of the PROXY protocol"],
  ["web", raw(utf8(`${UPGRADE}Origin: https://b.example\r\n\r\n`)), "may not connect here"],
  [
    "web",
    raw(utf8(UPGRADE.replace("GET /", "GET /other") + "\r\n")),
    "there is no MQTT at the path",
  ],
];

/** A listener of each kind on the ports. */
function configuration(folder: string, names: readonly string[], ports: readonly number[]): string {
  const files = `ssl: true, certfile: ${folder}/server.pem, keyfile: ${folder}/server.key`;
  const keys: Record<string, string> = {
    plain: "type: tcp",
    tls: files,
    newest: `${files}, min_version: 1.3, alpn: [mqtt]`,
    mutual: `${files}, cafile: ${folder}/ca.pem, verify_client: required`,
    proxied: "proxy_protocol: true, trusted_proxies: [127.0.0.1]",
    web: 'type: ws, path: /, origins: ["https://a.example"]',
  };
  const listeners = names.map((name, at) =>
    `  ${name}: { bind: "127.0.0.1:${ports[at]}", ${keys[name]} }`
  );
  return `listeners:\n${listeners.join("\n")}\nplugins: { auth_anonymous: }\n`;
}

/** Is this said on the page, with what stands in between? */
function isOnPage(line: string): boolean {
  return LINES.some((one) => {
    const parts = one.split("...").map((part) => RegExp.escape(part.trim()));
    return new RegExp(parts.join(".*")).test(line);
  });
}

Deno.test("each trouble is one line of the log, and on the page", async (test) => {
  await using folder = new TempFolder();
  for (const name of ["server.pem", "server.key", "ca.pem"]) {
    Deno.copyFileSync(certPath(name), `${folder.path}/${name}`);
  }
  Deno.chmodSync(`${folder.path}/server.key`, 0o600);
  const names = [...new Set(TROUBLES.map(([name]) => name))];
  const ports = freePorts(names.length);
  const file = folder.write("config.yaml", configuration(folder.path, names, ports));
  await using midge = await MidgeProcess.start(["start", "-c", file]);
  for (const [name, knock, says] of TROUBLES) {
    await test.step(`${name}: ${says}`, async () => {
      const before = midge.log.length;
      await knock(ports[names.indexOf(name)]!);
      const line = await midge.line(new RegExp(RegExp.escape(says)), before);
      assert(isOnPage(line), line);
      const said = midge.log.slice(before).filter((one) => one.includes(" closed: "));
      assertEquals(said, [line]);
    });
  }
});
