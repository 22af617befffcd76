/** HAProxy in front of the broker: each version of the PROXY protocol as it really sends it, over TCP and socket files. */
import { assert, assertEquals } from "@std/assert";
import { writeAll } from "../../lib/io.ts";
import { certAndKey, certPath } from "../support/certs.ts";
import { captureLog, ClockedBroker } from "../support/clocked_broker.ts";
import { haproxyTest, startHaproxy } from "../support/haproxy.ts";
import { TempFolder } from "../support/midge_process.ts";
import { freePorts } from "../support/mosquitto.ts";
import { within } from "../support/raw_client.ts";
import { connack, connect, toHex } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";

/** A broker behind HAProxy: `proxied` on a port, `local` on a socket file. */
class Stage implements AsyncDisposable {
  readonly folder: TempFolder;
  readonly it: ClockedBroker;

  private constructor(folder: TempFolder, it: ClockedBroker) {
    this.folder = folder;
    this.it = it;
  }

  static async start(): Promise<Stage> {
    const folder = new TempFolder();
    const listeners = {
      proxied: { bind: "127.0.0.1:0", proxy_protocol: true, trusted_proxies: ["127.0.0.1"] },
      local: { type: "unix" as const, bind: `${folder.path}/mqtt.sock`, proxy_protocol: true },
    };
    return new Stage(folder, await ClockedBroker.start({ listeners }));
  }

  get server(): string {
    return `127.0.0.1:${this.it.address.port}`;
  }

  /** Logs in over a connection to HAProxy; who the broker takes it for. */
  async login(connection: Deno.Conn, clientId: string) {
    await writeAll(connection, connect({ clientId }));
    const answer = new Uint8Array(4);
    assertEquals(await within(connection.read(answer), "CONNACK"), 4, this.it.log.join("\n"));
    assertEquals(toHex(answer), toHex(connack(false, 0)));
    const view = this.it.broker.clients.find((one) => one.clientId === clientId);
    return { address: view?.address, port: view?.port, name: view?.certificate?.commonName };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.it[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

function portOf(connection: Deno.Conn): number {
  return connection.localAddr.transport === "tcp" ? connection.localAddr.port : 0;
}

for (
  const [title, options] of [
    ["version 1", "send-proxy"],
    ["version 2", "send-proxy-v2"],
    [
      "version 2 with what else it can say",
      "send-proxy-v2 proxy-v2-options crc32c,authority,unique-id",
    ],
  ] as const
) {
  await haproxyTest(`HAProxy, ${title}: IPv4, IPv6, and a client of a socket file`, async () => {
    await using stage = await Stage.start();
    const [port] = freePorts(1);
    const path = `${stage.folder.path}/haproxy.sock`;
    const toSocket = `unix@${stage.folder.path}/mqtt.sock`;
    await using _haproxy = await startHaproxy([
      { bind: `127.0.0.1:${port}`, server: `${stage.server} ${options}` },
      { bind: `::1:${port}`, server: `${toSocket} ${options}` },
      { bind: `unix@${path}`, server: `${stage.server} ${options}` },
    ]);
    using v4 = await Deno.connect({ hostname: "127.0.0.1", port: port! });
    const expected = { address: "127.0.0.1", port: portOf(v4), name: undefined };
    assertEquals(await stage.login(v4, "v4"), expected);
    using v6 = await Deno.connect({ hostname: "::1", port: port! });
    assertEquals(await stage.login(v6, "v6"), {
      address: "::1",
      port: portOf(v6),
      name: undefined,
    });
    using local = await Deno.connect({ transport: "unix", path });
    // HAProxy does not say that it was one: UNKNOWN, or unspecified, which is the proxy's own address.
    assertEquals((await stage.login(local, "local")).address, "127.0.0.1");
  });
}

await haproxyTest(
  "HAProxy's health checks with a header leave no line; without one neither",
  async () => {
    await using stage = await Stage.start();
    const log = captureLog("debug");
    const [port, other] = freePorts(2);
    await using _haproxy = await startHaproxy([
      { bind: `127.0.0.1:${port}`, server: `${stage.server} check inter 50ms send-proxy-v2` },
      {
        bind: `127.0.0.1:${other}`,
        server: `${stage.server} check inter 50ms no-check-send-proxy`,
      },
    ]);
    using client = await Deno.connect({ hostname: "127.0.0.1", port: port! });
    await stage.login(client, "c");
    const has = (text: string) => () => log.some((line) => line.includes(text));
    await until(has("handshake failed"), "a check without a header");
    await until(has("closed: connection"), "a check with a header");
    assertEquals(log.filter((line) => !line.includes(" debug ")), []);
  },
);

await haproxyTest(
  "HAProxy without the header: closed, and the log says what is missing",
  async () => {
    await using stage = await Stage.start();
    const [port] = freePorts(1);
    await using _haproxy = await startHaproxy([{
      bind: `127.0.0.1:${port}`,
      server: stage.server,
    }]);
    using client = await Deno.connect({ hostname: "127.0.0.1", port: port! });
    await writeAll(client, connect({ clientId: "c" }));
    assertEquals(await within(client.read(new Uint8Array(4)), "the end"), null);
    assertEquals(stage.it.logged("(this is MQTT): does the proxy send one?").length, 1);
  },
);

/** HAProxy with TLS in front: it asks for certificates. */
async function startTls(stage: Stage, verify: string): Promise<AsyncDisposable & { port: number }> {
  const [port = 0] = freePorts(1);
  const { cert, key } = certAndKey("server");
  const pem = stage.folder.write("server.pem", `${cert}\n${key}`);
  const tls = `ssl crt ${pem} ca-file ${certPath("ca.pem")} ${verify}`;
  const haproxy = await startHaproxy([
    { bind: `127.0.0.1:${port} ${tls}`, server: `${stage.server} send-proxy-v2-ssl-cn` },
  ]);
  return { port, [Symbol.asyncDispose]: () => haproxy[Symbol.asyncDispose]() };
}

const caCerts = [Deno.readTextFileSync(certPath("ca.pem"))];

await haproxyTest(
  "HAProxy ends TLS: the name of a certificate that it has checked is %C",
  async () => {
    await using stage = await Stage.start();
    await using haproxy = await startTls(stage, "verify optional");
    const target = { hostname: "127.0.0.1", port: haproxy.port, caCerts };
    using known = await Deno.connectTls({ ...target, ...certAndKey("client") });
    assertEquals(await stage.login(known, "known"), {
      address: "127.0.0.1",
      port: portOf(known),
      name: "midge",
    });
    using nameless = await Deno.connectTls(target);
    assertEquals((await stage.login(nameless, "nameless")).name, undefined);
  },
);

await haproxyTest("HAProxy lets a wrong certificate pass: its name is not taken", async () => {
  await using stage = await Stage.start();
  const own = await foreignCertificate(stage.folder);
  await using haproxy = await startTls(
    stage,
    "verify optional ca-ignore-err all crt-ignore-err all",
  );
  const target = { hostname: "127.0.0.1", port: haproxy.port, caCerts };
  using foreign = await Deno.connectTls({ ...target, ...own });
  assertEquals((await stage.login(foreign, "foreign")).name, undefined);
});

/** A certificate that no authority of ours has signed, for the name `midge`. */
async function foreignCertificate(folder: TempFolder): Promise<{ cert: string; key: string }> {
  const [key, cert] = [`${folder.path}/foreign.key`, `${folder.path}/foreign.pem`];
  const request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
  const args = [...request.split(" "), "-subj", "/CN=midge", "-keyout", key, "-out", cert];
  const { success } = await new Deno.Command("openssl", { args, stderr: "null" }).output();
  assert(success);
  return { cert: Deno.readTextFileSync(cert), key: Deno.readTextFileSync(key) };
}

await haproxyTest(
  "HAProxy resumes a TLS session: the name that it was begun with is %C",
  async () => {
    await using stage = await Stage.start();
    await using haproxy = await startTls(stage, "verify optional");
    const session = `${stage.folder.path}/session`;
    const identity = ["-cert", certPath("client.pem"), "-key", certPath("client.key")];
    for (
      const [clientId, args] of [
        ["first", ["-sess_out", session, ...identity]],
        ["resumed", ["-sess_in", session]],
      ] as const
    ) {
      const child = new Deno.Command("openssl", {
        args: ["s_client", "-quiet", "-tls1_2", "-connect", `127.0.0.1:${haproxy.port}`, ...args],
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(connect({ clientId }));
      const nameOf = () =>
        stage.it.broker.clients.find((one) => one.clientId === clientId)?.certificate?.commonName;
      await until(
        () => nameOf() !== undefined,
        `the name of ${clientId}\n${stage.it.log.join("\n")}`,
      );
      assertEquals(nameOf(), "midge");
      await writer.close();
      child.kill("SIGTERM");
      await child.stdout.cancel();
      await child.status;
    }
  },
);
