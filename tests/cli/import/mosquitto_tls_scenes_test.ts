/**
 * The same TLS, WebSocket and Unix listeners before mosquitto and, imported, before Midge: the same clients get in, by
 * their certificates and passwords.
 */
import { assert, assertEquals } from "@std/assert";
import { DiskLibrary, readSource } from "../../../lib/cli/import/disk_library.ts";
import { importFiles } from "../../../lib/cli/import/importers.ts";
import { toYaml } from "../../../lib/cli/import/yaml_text.ts";
import { Broker } from "../../../lib/broker/life/broker.ts";
import { loadConfig } from "../../../lib/config/load.ts";
import { Client } from "../../../lib/client/client.ts";
import { issueAuthority, type Issued, issueLeaf } from "../../../lib/cli/certs/issue.ts";
import { MOSQUITTO } from "../../access/passwords/vectors.ts";
import { certPath } from "../../support/certs.ts";
import { TempFolder } from "../../support/midge_process.ts";
import { freePorts, mosquittoTest, runMosquittoIn } from "../../support/mosquitto.ts";

const { hash, password } = MOSQUITTO[0]!;

let made: Promise<Issued> | undefined;

/** A certificate of another authority, with a name that the password file has; made once. */
function stranger(): Promise<Issued> {
  return made ??= issueAuthority({ commonName: "another authority" }, 1).then((authority) =>
    issueLeaf(
      { subject: { commonName: "roger" }, use: "device", names: [], days: 1 },
      authority,
    )
  );
}

const OWN = { certfile: certPath("client.pem"), keyfile: certPath("client.key") };
const FOREIGN = { certfile: "FOLDER/foreign.crt", keyfile: "FOLDER/foreign.key" };
const ROGER = { username: "roger", password };

/** Who tries to come in, by what they show. */
const CLIENTS: Record<string, Record<string, string>> = {
  "without anything": {},
  "with a password": ROGER,
  "with a certificate": OWN,
  "with a certificate and a password": { ...OWN, ...ROGER },
  "with a certificate and a wrong password": { ...OWN, username: "roger", password: "wrong" },
  "with a foreign certificate": FOREIGN,
  "with a foreign certificate and a password": { ...FOREIGN, ...ROGER },
};

const TLS = "certfile server.pem\nkeyfile server.key\n";
const ASKS = `${TLS}cafile ca.pem\nrequire_certificate true\n`;
const PASSWORDS = "password_file passwd\n";

/** Settings behind `listener`, with the scheme that clients use. */
const SCENES: Record<string, [scheme: string, lines: string]> = {
  "TLS and passwords": ["mqtts", TLS + PASSWORDS],
  "TLS, an authority that is not asked for": ["mqtts", `${TLS}cafile ca.pem\n${PASSWORDS}`],
  "certificates and passwords": ["mqtts", ASKS + PASSWORDS],
  "certificates alone": ["mqtts", `${ASKS}allow_anonymous true\n`],
  "the certificate's name instead of a password": [
    "mqtts",
    `${ASKS}use_identity_as_username true\n${PASSWORDS}`,
  ],
  "the certificate's subject, and no one without": [
    "mqtts",
    `${ASKS}use_subject_as_username true\nallow_anonymous false\n`,
  ],
  "WebSocket and passwords": ["ws", `protocol websockets\n${PASSWORDS}`],
  "WebSocket with TLS": ["wss", `protocol websockets\n${TLS}${PASSWORDS}`],
};

/** Does this client get in? */
async function getsIn(
  uri: string,
  shows: Record<string, string>,
  folder: string,
): Promise<boolean> {
  const entries = Object.entries(shows).map((
    [key, value],
  ) => [key, value.replace("FOLDER", folder)]);
  const connection = {
    uri,
    ...(/^(?:mqtts|wss):/.test(uri) ? { cafile: certPath("ca.pem") } : {}),
    ...Object.fromEntries(entries),
  };
  const client = new Client({ plugins: null, reconnect_retries: 0, connection });
  try {
    await client.connect();
    // Of TLS 1.3 a client hears later that its certificate is refused.
    await client.ping();
    return true;
  } catch {
    return false;
  } finally {
    await client.disconnect().catch(() => {});
  }
}

async function whoGetsIn(uri: string, folder: string): Promise<string[]> {
  const isPlain = uri.startsWith("ws:");
  const inside: string[] = [];
  for (const [name, shows] of Object.entries(CLIENTS)) {
    if (isPlain && "certfile" in shows) continue;
    if (await getsIn(uri, shows, folder)) inside.push(name);
  }
  return inside;
}

async function writeScene(lines: string): Promise<{ folder: TempFolder; port: number }> {
  const folder = new TempFolder();
  const [port, other] = freePorts(2);
  for (const name of ["server.pem", "server.key", "ca.pem"]) {
    Deno.copyFileSync(certPath(name), `${folder.path}/${name}`);
  }
  const { certificate, key } = await stranger();
  folder.write("foreign.crt", certificate);
  folder.write("foreign.key", key);
  folder.write("passwd", `roger:${hash}\n`);
  // mosquitto 2.0 does not start where the only listener speaks WebSocket.
  const second = `listener ${other} 127.0.0.1\n`;
  folder.write("mosquitto.conf", `user root\nlistener ${port} 127.0.0.1\n${lines}${second}`);
  return { folder, port: port! };
}

async function startImported(path: string): Promise<Broker> {
  const file = await readSource(`${path}/mosquitto.conf`, `${path}/mosquitto.conf`);
  const text = toYaml((await importFiles(new DiskLibrary([file]))).draft);
  await Deno.writeTextFile(`${path}/config.yaml`, text);
  const broker = new Broker(await loadConfig(`${path}/config.yaml`));
  await broker.start();
  return broker;
}

for (const [name, [scheme, lines]] of Object.entries(SCENES)) {
  await mosquittoTest(`the same get in: ${name}`, async () => {
    const { folder, port } = await writeScene(lines);
    await using _folder = folder;
    const uri = `${scheme}://127.0.0.1:${port}/mqtt`.replace(/^(mqtts:.*)\/mqtt$/, "$1");
    let theirs: string[];
    {
      await using running = await runMosquittoIn(folder.path, port);
      assert(running !== undefined, "mosquitto does not start");
      theirs = await whoGetsIn(uri, folder.path);
    }
    assert(theirs.length > 0 && theirs.length < Object.keys(CLIENTS).length, theirs.join());
    const broker = await startImported(folder.path);
    try {
      assertEquals(await whoGetsIn(uri, folder.path), theirs);
    } finally {
      await broker.stop();
    }
  });
}

await mosquittoTest("the same get in: by a Unix socket", async () => {
  const { folder, port } = await writeScene(PASSWORDS);
  await using _folder = folder;
  folder.write(
    "mosquitto.conf",
    `user root\nlistener 0 ${folder.path}/m.sock\nlistener ${port} 127.0.0.1\n${PASSWORDS}`,
  );
  const uri = `unix://${folder.path}/m.sock`;
  const all = async () =>
    await Promise.all(
      [{}, ROGER, { ...ROGER, password: "wrong" }].map((one) => getsIn(uri, one, folder.path)),
    );
  {
    await using running = await runMosquittoIn(folder.path, port);
    assert(running !== undefined, "mosquitto does not start");
    assertEquals(await all(), [false, true, false]);
  }
  const broker = await startImported(folder.path);
  try {
    assertEquals(await all(), [false, true, false]);
  } finally {
    await broker.stop();
  }
});
