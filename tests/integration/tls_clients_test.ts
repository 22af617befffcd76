/** Clients that are not ours over TLS: mosquitto's, npm mqtt, Python's ssl. */
import { assertEquals } from "@std/assert";
import mqtt from "mqtt";
import { optionalTest } from "../support/optional.ts";
import { missingOpenssl } from "../support/pki.ts";
import { within } from "../support/raw_client.ts";
import { TlsBroker, tlsPki } from "../support/tls_broker.ts";

const MUTUAL = { cafile: "root.pem", verify_client: "required" } as const;

optionalTest(
  missing("mosquitto_pub"),
  "mosquitto_pub, with and without a certificate",
  async () => {
    using pki = await tlsPki();
    await using it = await TlsBroker.start(pki, MUTUAL);
    const publish = async (...args: string[]) => {
      const ca = ["--cafile", `${pki.folder}/root.pem`];
      const to = ["-h", "localhost", "-p", String(it.port), "-t", "a", "-m", "x", "-q", "1"];
      const command = new Deno.Command("mosquitto_pub", { args: [...to, ...ca, ...args] });
      return (await command.output()).success;
    };
    const own = ["--cert", `${pki.folder}/dev.pem`, "--key", `${pki.folder}/dev.key`];
    assertEquals([await publish(...own), await publish()], [true, false]);
  },
);

optionalTest(missing("python3"), "Python's ssl, TLS 1.2 and 1.3, half-closed", async () => {
  using pki = await tlsPki();
  await using it = await TlsBroker.start(pki);
  const program = `
import socket, ssl, sys
for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
    context = ssl.create_default_context(cafile=sys.argv[2])
    context.maximum_version = version
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as below:
        with context.wrap_socket(below, server_hostname="localhost") as stream:
            stream.sendall(bytes.fromhex("100d00044d51545404020000000178"))
            socket.socket.shutdown(stream, socket.SHUT_WR)
            print(stream.recv(4).hex())
`;
  const command = new Deno.Command("python3", {
    args: ["-c", program, String(it.port), `${pki.folder}/root.pem`],
  });
  const { stdout, stderr } = await within(command.output(), "Python");
  const text = new TextDecoder();
  assertEquals(text.decode(stdout), "20020000\n20020000\n", text.decode(stderr));
});

optionalTest(missingOpenssl(), "npm mqtt publishes to itself over mqtts", async () => {
  using pki = await tlsPki();
  await using it = await TlsBroker.start(pki);
  const client = await mqtt.connectAsync(`mqtts://localhost:${it.port}`, {
    ca: pki.read("root.pem"),
    reconnectPeriod: 0,
  });
  const { promise, resolve } = Promise.withResolvers<string>();
  client.on("message", (_topic, payload) => resolve(String(payload)));
  await client.subscribeAsync("a", { qos: 1 });
  await client.publishAsync("a", "hello", { qos: 1 });
  assertEquals(await within(promise, "the message"), "hello");
  await client.endAsync(true);
});

function missing(program: string): string | undefined {
  const openssl = missingOpenssl();
  if (openssl !== undefined) return openssl;
  try {
    new Deno.Command(program, { args: ["--help"], stdout: "null", stderr: "null" }).outputSync();
    return undefined;
  } catch {
    return `${program} is not installed`;
  }
}
