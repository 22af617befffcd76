/**
 * Every way to a broker: TCP, Unix socket, TLS, WebSocket, WebSocket over TLS, tried against mosquitto, with
 * certificates that lib/cli/certs has made.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Client } from "../../lib/client/client.ts";
import { UserError } from "../../lib/user_error.ts";
import type { ClientOptions } from "../../lib/client/config_types.ts";
import { mosquittoTest, startMosquitto } from "../support/mosquitto.ts";
import { within } from "../support/raw_client.ts";
import { errorOf } from "./stage.ts";
import {
  CA,
  DEVICE,
  type Doors,
  NAMED,
  roundTrip,
  to,
  writeCertificates,
} from "./transport_stage.ts";

const SERVER_TLS = "cafile FOLDER/ca.crt\ncertfile FOLDER/server.crt\nkeyfile FOLDER/server.key";
const MUTUAL_TLS = `${SERVER_TLS}\nrequire_certificate true`;

/** Which listener is which. */
const LISTENERS = {
  tcp: "",
  tls: SERVER_TLS,
  mutual: MUTUAL_TLS,
  ws: "protocol websockets",
  wss: `protocol websockets\n${MUTUAL_TLS}`,
};
const NAMES = Object.keys(LISTENERS);

/** A running mosquitto with all of them. */
interface Running extends Doors, AsyncDisposable {}

async function start(): Promise<Running> {
  const mosquitto = await startMosquitto(Object.values(LISTENERS), writeCertificates);
  const ports = Object.fromEntries(NAMES.map((name, at) => [name, mosquitto.ports[at]!]));
  return {
    ports,
    folder: mosquitto.folder,
    [Symbol.asyncDispose]: () => mosquitto[Symbol.asyncDispose](),
  };
}

await mosquittoTest("tcp and a Unix socket", async () => {
  await using mosquitto = await startMosquitto();
  await roundTrip({ connection: { uri: `mqtt://127.0.0.1:${mosquitto.ports[0]}` } });
  await roundTrip({ connection: { uri: `unix://${mosquitto.folder}/socket` } });
});

await mosquittoTest(
  "mqtts: authority from file, folder or text; server name; client certificate",
  async () => {
    await using mosquitto = await start();
    const tls = (more: Record<string, unknown>) => to(mosquitto, "tls", more, "mqtts");
    const mutual = (more: Record<string, unknown>) => to(mosquitto, "mutual", more, "mqtts");
    await roundTrip(tls(NAMED));
    await roundTrip(tls({ capath: "authorities", server_name: "broker.test" }));
    const cadata = await Deno.readTextFile(`${mosquitto.folder}/ca.crt`);
    await roundTrip(tls({ cadata, server_name: "broker.test" }));
    await roundTrip({ ...tls(CA), check_hostname: false });
    await roundTrip({ ...tls({}), check_hostname: false, verify_cert: false });
    await roundTrip(mutual({ ...NAMED, ...DEVICE }));
    await roundTrip({ ...mutual({ ...CA, ...DEVICE }), check_hostname: false });
  },
);

await mosquittoTest("mqtts: what must fail does, and says why", async () => {
  await using mosquitto = await start();
  const fails = async (options: ClientOptions, says: RegExp, code = "unreachable") => {
    const error = await errorOf(roundTrip(options));
    assertEquals([error.code, says.test(error.message)], [code, true], error.message);
  };
  const tls = (more: Record<string, unknown>) => to(mosquitto, "tls", more, "mqtts");
  await fails(tls({}), /UnknownIssuer|self-signed/);
  await fails(tls({ server_name: "broker.test" }), /self-signed|UnknownIssuer/);
  await fails(tls(CA), /altnames|not valid for name "127.0.0.1"/);
  await fails(tls({ ...CA, server_name: "other.test" }), /other.test/);
  await fails(
    { ...to(mosquitto, "mutual", CA, "mqtts"), check_hostname: false },
    /CertificateRequired/,
  );
  await fails(to(mosquitto, "mutual", NAMED, "mqtts"), /CertificateRequired/);
  const missing = await errorOf(roundTrip(tls({ cafile: "absent.crt" })));
  assertStringIncludes(missing.message, "absent.crt: no such file");
  assertEquals(missing instanceof UserError, true);
});

await mosquittoTest("ws, and wss with a client certificate", async () => {
  await using mosquitto = await start();
  await roundTrip(to(mosquitto, "ws", { headers: { "x-test": "1" } }));
  await roundTrip(to(mosquitto, "wss", { ...NAMED, ...DEVICE }));
  await roundTrip({ ...to(mosquitto, "wss", DEVICE), check_hostname: false, verify_cert: false });
  const noCertificate = await errorOf(roundTrip(to(mosquitto, "wss", NAMED)));
  assertEquals(noCertificate.code, "unreachable");
  const noAuthority = await errorOf(
    roundTrip(to(mosquitto, "wss", { ...DEVICE, server_name: "broker.test" })),
  );
  assertMatch(noAuthority.message, /UnknownIssuer|self-signed/);
});

Deno.test("ws: a server without the subprotocol, and one that is none, are left", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    if (request.headers.get("upgrade") === null || request.url.endsWith("/plain")) {
      return new Response("no WebSocket here", { status: 404 });
    }
    const headers = [request.headers.get("x-token"), request.headers.get("sec-websocket-protocol")];
    assertEquals(headers, ["secret", "mqtt"]);
    return Deno.upgradeWebSocket(request).response;
  });
  const options = (path: string) => ({
    connection: {
      uri: `ws://127.0.0.1:${server.addr.port}${path}`,
      headers: { "x-token": "secret" },
    },
  });
  try {
    for (const path of ["/", "/plain"]) {
      const error = await errorOf(roundTrip(options(path)));
      assertEquals(error.code, "unreachable");
      assertStringIncludes(error.message, path === "/" ? "subprotocol" : "404");
    }
  } finally {
    await server.shutdown();
  }
});

/** Reads to the end, in whichever way the other side makes it. */
async function untilEnd(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1024);
  const reading = async () => {
    while (await connection.read(buffer) !== null);
  };
  await within(reading().catch(() => {}), "the end of the connection");
}

Deno.test("a signal ends the opening of a TLS connection and of a WebSocket", async () => {
  // Takes the connection and says nothing.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  for (const scheme of ["mqtts", "ws", "wss"]) {
    const uri = `${scheme}://127.0.0.1:${listener.addr.port}`;
    for (const server_name of [undefined, "other.test"]) {
      const connection = server_name === undefined ? { uri } : { uri, server_name };
      const client = new Client({ plugins: null, connection });
      const controller = new AbortController();
      const connecting = errorOf(client.connect({ signal: controller.signal }));
      const peer = await listener.accept();
      controller.abort(new Error("enough"));
      assertEquals((await connecting).message, "enough");
      await client.closed;
      await untilEnd(peer);
      peer.close();
    }
  }
});
