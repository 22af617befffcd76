/** Dials that are given up, and handshakes that end badly: nothing stays open. */
import { assertMatch, assertRejects } from "@std/assert";
import { dial } from "../../../lib/net/transport/dial.ts";
import type { BrokerAddress, DialOptions } from "../../../lib/net/transport/dial_options.ts";
import { dialTls } from "../../../lib/net/transport/tls.ts";
import { UserError } from "../../../lib/user_error.ts";
import { TempFolder } from "../../support/midge_process.ts";
import { within } from "../../support/raw_client.ts";
import { PATIENCE_MS } from "../../support/patience.ts";

const SCHEMES = ["mqtt", "mqtts", "ws", "wss"] as const;

function options(scheme: BrokerAddress["scheme"], port: number): DialOptions {
  return {
    address: { name: `${scheme}:${port}`, scheme, hostname: "127.0.0.1", port, path: "/" },
    tls: {
      cafile: undefined,
      capath: undefined,
      cadata: undefined,
      certfile: undefined,
      keyfile: undefined,
      serverName: undefined,
      checkHostname: true,
      verifyCert: true,
    },
    headers: {},
  };
}

/** The end of what the other side sends, in whichever way it comes. */
async function untilEnd(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1024);
  const reading = async () => {
    while (await connection.read(buffer) !== null);
  };
  await within(reading().catch(() => {}), "the end of the connection");
}

for (const scheme of SCHEMES) {
  Deno.test(`dial ${scheme}: a signal that has fired opens nothing`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const signal = AbortSignal.abort(new Error("too late"));
    await assertRejects(() => dial(options(scheme, listener.addr.port), signal), Error, "too late");
  });
}

for (const scheme of ["mqtts", "ws", "wss"] as const) {
  Deno.test(`dial ${scheme}: a signal during a handshake that hangs closes the connection`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const controller = new AbortController();
    const dialling = assertRejects(
      () => dial(options(scheme, listener.addr.port), controller.signal),
      Error,
      "enough",
    );
    using peer = await listener.accept();
    controller.abort(new Error("enough"));
    await dialling;
    await untilEnd(peer);
  });
}

Deno.test("dial mqtts: authorities that are given and hold nothing are an error, not the system's", async () => {
  await using folder = new TempFolder();
  const empty = folder.write("empty.pem", "");
  const wanting: [part: Partial<DialOptions["tls"]>, says: string][] = [
    [{ cafile: empty }, "empty.pem: expected PEM text"],
    [{ cadata: "ca" }, "cadata: expected PEM text"],
    [{ capath: folder.path }, "no certificate in this folder"],
    [{ certfile: empty }, "empty.pem: expected PEM text"],
  ];
  for (const [part, says] of wanting) {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { tls, ...given } = options("mqtts", listener.addr.port);
    const dialling = dial({ ...given, tls: { ...tls, ...part } }, new AbortController().signal);
    await assertRejects(() => dialling, UserError, says);
  }
});

/** What a TLS client says to a server that does this with its connection. */
async function tlsError(serve: (peer: Deno.TcpConn) => Promise<void>): Promise<string> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const target = { host: "127.0.0.1", port: listener.addr.port };
  const dialling = dialTls(target, AbortSignal.timeout(PATIENCE_MS));
  dialling.catch(() => {}); // read below
  using peer = await listener.accept();
  await peer.read(new Uint8Array(1024));
  await serve(peer);
  const error = await assertRejects(() => dialling, Error);
  await untilEnd(peer);
  return error.message;
}

Deno.test("dial tls: a server that ends the connection during the handshake", async () => {
  assertMatch(await tlsError((peer) => peer.closeWrite()), /disconnected before secure|TLS/);
});

Deno.test("dial tls: a server that speaks something else", async () => {
  const greeting = new TextEncoder().encode("220 mail.example ESMTP\r\n");
  const says = await tlsError(async (peer) => void await peer.write(greeting));
  assertMatch(says, /InvalidContentType|wrong version/);
});

Deno.test("dial tls: no one listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await assertRejects(
    () => dialTls({ host: "127.0.0.1", port }, AbortSignal.timeout(PATIENCE_MS)),
    Error,
    "ECONNREFUSED",
  );
});
