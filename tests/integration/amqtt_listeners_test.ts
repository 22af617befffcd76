/**
 * aMQTT's configuration files with listeners of all four kinds: aMQTT reads them, Midge loads the same files, and serves
 * aMQTT's own client over each listener. The client is looked for with MIDGE_PYTHON, else python3.
 */
import { assertEquals } from "@std/assert";
import { Broker } from "../../lib/broker/life/broker.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { certPath } from "../support/certs.ts";
import { TempFolder } from "../support/midge_process.ts";
import { freePorts } from "../support/mosquitto.ts";
import { optionalTest } from "../support/optional.ts";

const PYTHON = Deno.env.get("MIDGE_PYTHON") ?? "python3";
const SCRIPT = new URL("./clients/agents/amqtt_listeners.py", import.meta.url).pathname;

/** PORT1 to PORT4 stand for ports; FOLDER for where the certificates are. */
const FILES: Readonly<Record<string, string>> = {
  "a listener of each kind, every plugin by its class": `---
listeners:
  default:
    type: tcp
    bind: 127.0.0.1:PORT1
  std-ws:
    type: ws
    bind: 127.0.0.1:PORT2
  tls-mqtt:
    type: tcp
    bind: 127.0.0.1:PORT3
    ssl: on
    certfile: FOLDER/server.pem
    keyfile: FOLDER/server.key
  tls-ws:
    type: ws
    bind: 127.0.0.1:PORT4
    ssl: on
    certfile: FOLDER/server.pem
    keyfile: FOLDER/server.key
plugins:
  amqtt.plugins.logging_amqtt.EventLoggerPlugin:
  amqtt.plugins.logging_amqtt.PacketLoggerPlugin:
  amqtt.plugins.authentication.AnonymousAuthPlugin:
    allow_anonymous: true
  amqtt.plugins.sys.broker.BrokerSysPlugin:
    sys_interval: 2
`,
  "what default says is inherited, authorities for clients, plugins as a list": `listeners:
    default:
        max_connections: 500
        type: tcp
        bind: 127.0.0.1:PORT1
    my-ws-1:
        bind: 127.0.0.1:PORT2
        type: ws
    my-tcp-ssl-1:
        bind: 127.0.0.1:PORT3
        ssl: on
        cafile: FOLDER/ca.pem
        capath: FOLDER/authorities
        certfile: FOLDER/server.pem
        keyfile: FOLDER/server.key
    my-wss-1:
        bind: 127.0.0.1:PORT4
        type: ws
        ssl: on
        certfile: FOLDER/server.pem
        keyfile: FOLDER/server.key
timeout_disconnect_delay: 2
plugins:
  - amqtt.plugins.authentication.AnonymousAuthPlugin:
      allow_anonymous: true
`,
  "the deprecated style": `listeners:
  default: {type: tcp, bind: "127.0.0.1:PORT1"}
  ws: {type: ws, bind: "127.0.0.1:PORT2"}
  mqtts: &tls {bind: "127.0.0.1:PORT3", ssl: true, certfile: FOLDER/server.pem, keyfile: FOLDER/server.key}
  wss: {<<: *tls, type: ws, bind: "127.0.0.1:PORT4"}
sys_interval: 2
auth:
  plugins:
    - auth_anonymous
  allow-anonymous: true
topic-check:
  enabled: False
`,
};

async function python(...args: string[]): Promise<unknown[]> {
  const { stdout, stderr, code } = await new Deno.Command(PYTHON, { args: [SCRIPT, ...args] })
    .output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
}

async function missing(): Promise<string | undefined> {
  try {
    const args = ["-c", "import amqtt.client, yaml"];
    const { success } = await new Deno.Command(PYTHON, { args, stderr: "null" }).output();
    return success ? undefined : "aMQTT is not installed";
  } catch {
    return `there is no ${PYTHON}`;
  }
}

function writeCertificates({ path }: TempFolder): void {
  Deno.mkdirSync(`${path}/authorities`);
  for (const name of ["server.pem", "server.key", "ca.pem", "authorities/ca.pem"]) {
    Deno.copyFileSync(certPath(name.split("/").at(-1)!), `${path}/${name}`);
  }
}

const reason = await missing();
for (const [title, text] of Object.entries(FILES)) {
  optionalTest(reason, `aMQTT's file and aMQTT's client: ${title}`, async () => {
    await using folder = new TempFolder();
    writeCertificates(folder);
    const ports = freePorts(4);
    const file = folder.write(
      "amqtt.yaml",
      text.replaceAll("FOLDER", folder.path).replaceAll(/PORT(\d)/g, (_, at) => `${ports[at - 1]}`),
    );
    const [theirs] = await python("load", file);
    assertEquals(
      Object.values(theirs as Record<string, unknown>).map((one) => JSON.stringify(one)).sort(),
      [["tcp", false], ["ws", false], ["tcp", true], ["ws", true]]
        .map(([type, ssl], at) => JSON.stringify([type, `127.0.0.1:${ports[at]}`, ssl])).sort(),
    );
    const broker = new Broker(await loadConfig(file));
    await broker.start();
    try {
      const uris = ["mqtt", "ws", "mqtts", "wss"].map((scheme, at) =>
        `${scheme}://localhost:${ports[at]}`
      );
      const answers = await python("talk", certPath("ca.pem"), ...uris);
      const expected = { payloads: ["at 0", "at 1", "at 2"] };
      assertEquals(answers, [expected, expected, expected, expected]);
    } finally {
      await broker.stop();
    }
  });
}
