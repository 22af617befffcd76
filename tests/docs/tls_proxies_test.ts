/**
 * The proxies of docs/TLS.md as they are configured there, with the real programs: a client through each sees its own
 * message, and the broker sees where it comes from. The client comes by IPv6 and the proxy goes on by IPv4, so that the
 * proxy's address is not the client's.
 */
import { assertEquals } from "@std/assert";
import { Broker } from "../../lib/broker/life/broker.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { Client } from "../../lib/client/client.ts";
import type { ClientView } from "../../mod.ts";
import { certPath } from "../support/certs.ts";
import { programTest, startProgram } from "../support/foreign_program.ts";
import { codeBlocks } from "../support/markdown.ts";
import { TempFolder } from "../support/midge_process.ts";
import { freePorts } from "../support/mosquitto.ts";
import { within } from "../support/raw_client.ts";

const TEXT = await Deno.readTextFile(new URL("../../docs/TLS.md", import.meta.url));
const STREAM_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so";
const FROM = "::1";

/** What the page has below a heading. */
function below(heading: string, language: string): string[] {
  const part = TEXT.slice(TEXT.indexOf(`\n### ${heading}\n`));
  return codeBlocks(part.slice(0, part.indexOf("\n## ")), language);
}

/** Replaces each text, which has to be there. */
function substitute(text: string, replacements: Readonly<Record<string, string>>): string {
  return Object.entries(replacements).reduce((result, [from, to]) => {
    if (!result.includes(from)) throw new Error(`${from} is not in\n${result}`);
    return result.replaceAll(from, to);
  }, text);
}

/** A folder with certificates, and the ports of the scene. */
function makeScene() {
  const folder = new TempFolder();
  for (const name of ["server.pem", "server.key", "ca.pem"]) {
    Deno.copyFileSync(certPath(name), `${folder.path}/${name}`);
  }
  folder.write("both.pem", folder.read("server.pem") + folder.read("server.key"));
  const [proxy, mqtt, web] = freePorts(3);
  return { folder, path: folder.path, proxy: proxy!, mqtt: mqtt!, web: web! };
}

type Scene = ReturnType<typeof makeScene>;

/** Starts Midge as the page configures it behind this proxy. `tls` are keys of its listener for MQTT besides. */
async function startMidge(heading: string, scene: Scene, tls = ""): Promise<Broker> {
  const [text] = below(heading, "yaml");
  const file = scene.folder.write(
    "midge.yaml",
    text!.replace("127.0.0.1:1884\n", `127.0.0.1:1884\n${tls}`).replace(
      "127.0.0.1:1884",
      `127.0.0.1:${scene.mqtt}`,
    )
      .replace("127.0.0.1:8080", `127.0.0.1:${scene.web}`),
  );
  const broker = new Broker(await loadConfig(file));
  await broker.start();
  return broker;
}

/** Sends a message through the proxy and back. What the broker knows of the client. */
async function roundTrip(
  broker: Broker,
  uri: string,
  topic: string,
  connection: Record<string, string> = {},
): Promise<ClientView> {
  await using client = new Client({
    plugins: null,
    reconnect_retries: 0,
    client_id: "through-a-proxy",
    connection: { uri, cafile: certPath("ca.pem"), server_name: "localhost", ...connection },
  });
  await client.connect();
  const messages = client.messages(topic);
  await client.subscribe(topic, { qos: 1 });
  await client.publish(topic, "hello", { qos: 1 });
  const { value } = await within(messages.next(), "the message");
  assertEquals(value?.text(), "hello");
  const view = [...broker.clients].find(({ clientId }) => clientId === "through-a-proxy");
  if (view === undefined) throw new Error("the broker does not know the client");
  return view;
}

/** nginx's configuration of one of the page's blocks. */
function nginxConf(block: string, { folder, path, proxy, mqtt, web }: Scene): string {
  const isStream = block.startsWith("stream");
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${path}/${name};`).join(" ");
  const text = substitute(block, {
    "/etc/nginx/certs/server.crt": `${path}/server.pem`,
    "/etc/nginx/certs/server.key": `${path}/server.key`,
    ...(isStream
      ? { "listen 8883": `listen [::1]:${proxy}`, "127.0.0.1:1884": `127.0.0.1:${mqtt}` }
      : {
        "listen 443": `listen [::1]:${proxy}`,
        "127.0.0.1:8080": `127.0.0.1:${web}`,
        "http {": `http {\n  access_log off; ${paths}`,
      }),
  });
  const head =
    `${isStream ? `load_module ${STREAM_MODULE};\n` : ""}daemon off;\nmaster_process off;\n` +
    `pid ${path}/nginx.pid;\nerror_log stderr;\nevents {}\n`;
  return folder.write("nginx.conf", head + text);
}

async function throughNginx(program: string, block: string, uri: string): Promise<void> {
  const scene = makeScene();
  await using folder = scene.folder;
  await using broker = await startMidge("nginx", scene);
  await using _nginx = await startProgram(program, {
    args: ["-c", nginxConf(block, scene), "-p", folder.path],
    folder: folder.path,
    listensOn: { hostname: FROM, port: scene.proxy },
  });
  const { address } = await roundTrip(broker, uri.replace("PORT", `${scene.proxy}`), "hello");
  assertEquals(address, FROM);
}

const [STREAM, HTTP] = below("nginx", "nginx");

await programTest(
  "nginx",
  "-v",
  "nginx in front of MQTT",
  (program) => throughNginx(program, STREAM!, "mqtts://[::1]:PORT"),
  [STREAM_MODULE],
);

await programTest(
  "nginx",
  "-v",
  "nginx in front of WebSocket",
  (program) => throughNginx(program, HTTP!, "wss://[::1]:PORT/mqtt"),
);

await programTest(
  "nginx",
  "-v",
  "nginx in front of TLS that ends at Midge",
  async (program) => {
    const scene = makeScene();
    await using folder = scene.folder;
    const keys = "    ssl: true\n    certfile: server.pem\n    keyfile: server.key\n";
    await using broker = await startMidge("nginx", scene, keys);
    const block = STREAM!.replace("8883 ssl;", "8883;");
    await using _nginx = await startProgram(program, {
      args: ["-c", nginxConf(block, scene), "-p", folder.path],
      folder: folder.path,
      listensOn: { hostname: FROM, port: scene.proxy },
    });
    const { address } = await roundTrip(broker, `mqtts://[::1]:${scene.proxy}`, "hello");
    assertEquals(address, FROM);
  },
  [STREAM_MODULE],
);

await programTest(
  "haproxy",
  "-v",
  "HAProxy in front of MQTT, with the certificate's name",
  async (program) => {
    const scene = makeScene();
    await using folder = scene.folder;
    await using broker = await startMidge("HAProxy", scene);
    const conf = folder.write(
      "haproxy.cfg",
      substitute(below("HAProxy", "haproxy")[0]!, {
        "bind :8883": `bind [::1]:${scene.proxy}`,
        "/etc/haproxy/server.pem": `${folder.path}/both.pem`,
        "/etc/haproxy/ca.crt": `${folder.path}/ca.pem`,
        "127.0.0.1:1884": `127.0.0.1:${scene.mqtt}`,
      }),
    );
    await using _haproxy = await startProgram(program, {
      args: ["-f", conf, "-db"],
      folder: folder.path,
      listensOn: { hostname: FROM, port: scene.proxy },
    });
    const shown = { certfile: certPath("client.pem"), keyfile: certPath("client.key") };
    const uri = `mqtts://[::1]:${scene.proxy}`;
    // The rules of the page grant this topic to the name in the certificate alone.
    const { address, certificate } = await roundTrip(broker, uri, "devices/midge/on", shown);
    assertEquals([address, certificate?.commonName], [FROM, "midge"]);
  },
);

await programTest("caddy", "version", "Caddy in front of WebSocket", async (program) => {
  const scene = makeScene();
  await using folder = scene.folder;
  await using broker = await startMidge("Caddy", scene);
  const own =
    `https://:${scene.proxy} {\n\tbind ::1\n\ttls ${folder.path}/server.pem ${folder.path}/server.key`;
  const conf = folder.write(
    "Caddyfile",
    "{\n\tadmin off\n\tauto_https disable_redirects\n}\n" +
      substitute(below("Caddy", "caddy")[0]!, {
        "broker.example {": own,
        "127.0.0.1:8080": `127.0.0.1:${scene.web}`,
      }),
  );
  await using _caddy = await startProgram(program, {
    args: ["run", "--adapter", "caddyfile", "--config", conf],
    folder: folder.path,
    listensOn: { hostname: FROM, port: scene.proxy },
  });
  const { address } = await roundTrip(broker, `wss://[::1]:${scene.proxy}/mqtt`, "hello");
  assertEquals(address, FROM);
});
