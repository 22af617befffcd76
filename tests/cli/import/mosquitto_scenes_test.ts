/**
 * The same files before mosquitto and, imported, before Midge: a client that mosquitto keeps out stays out, and but for
 * listeners that are left out, one that it lets in gets in. What mosquitto does not start with is not imported.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { DiskLibrary, readSource } from "../../../lib/cli/import/disk_library.ts";
import { importFiles } from "../../../lib/cli/import/importers.ts";
import { toYaml } from "../../../lib/cli/import/yaml_text.ts";
import { Broker } from "../../../lib/broker/life/broker.ts";
import { loadConfig } from "../../../lib/config/load.ts";
import { UserError } from "../../../lib/user_error.ts";
import { MOSQUITTO } from "../../access/passwords/vectors.ts";
import { TempFolder } from "../../support/midge_process.ts";
import { freePorts, mosquittoTest, runMosquittoIn } from "../../support/mosquitto.ts";
import { RawClient } from "../../support/raw_client.ts";
import { connect } from "../../support/raw_packets.ts";

const { hash, password } = MOSQUITTO[0]!;

/** Who tries to come in. */
const CLIENTS: Record<string, { clientId: string; username?: string; password?: string }> = {
  "without a name": { clientId: "device" },
  "without a name, sensor-1": { clientId: "sensor-1" },
  "with a password": { clientId: "device", username: "roger", password },
  "with a password, sensor-1": { clientId: "sensor-1", username: "roger", password },
  "with a wrong password": { clientId: "device", username: "roger", password: "wrong" },
  "with a name alone": { clientId: "device", username: "roger" },
  "unknown": { clientId: "device", username: "eve", password },
};

/** Files but `passwd`; PORT stands for a free port. */
type Files = Readonly<Record<string, string>>;

const SAME: Record<string, Files> = {
  "a listener and passwords": {
    "mosquitto.conf": "listener PORT 127.0.0.1\npassword_file passwd\n",
  },
  "passwords, and clients without a name": {
    "mosquitto.conf": "listener PORT 127.0.0.1\npassword_file passwd\nallow_anonymous true\n",
  },
  "everyone": { "mosquitto.conf": "listener PORT 127.0.0.1\nallow_anonymous true\n" },
  "comments and numbers behind values": {
    "mosquitto.conf": "listener PORT 127.0.0.1 # here\npassword_file passwd\n" +
      "allow_anonymous 0 # nobody\nsys_interval 10 # s\nmax_connections 5x\n",
  },
  "1 is true": { "mosquitto.conf": "allow_anonymous 1\nlistener PORT 127.0.0.1\n" },
  "the default's words above the first listener": {
    "mosquitto.conf": "protocol mqtt\nmax_qos 2\nmax_connections -1\nlistener PORT 127.0.0.1\n" +
      "allow_anonymous true\n",
  },
  "an included file begins above all listeners": {
    "mosquitto.conf":
      "per_listener_settings true\nlistener PORT 127.0.0.1\npassword_file passwd\n" +
      "include_dir conf.d\n",
    "conf.d/a.conf": "allow_anonymous true\n",
  },
  "the main file goes on where it was": {
    "mosquitto.conf": "per_listener_settings true\nlistener PORT 127.0.0.1\ninclude_dir conf.d\n" +
      "password_file passwd\nallow_anonymous false\n",
    "conf.d/a.conf": "allow_anonymous true\n",
  },
  "a listener in an included file": {
    "mosquitto.conf":
      "per_listener_settings true\nlistener PORT 127.0.0.1\npassword_file passwd\n" +
      "include_dir conf.d\n",
    "conf.d/a.conf": "listener PORT2 127.0.0.1\nallow_anonymous true\n",
    "conf.d/b.conf": "allow_anonymous true\n",
  },
  "what an included file says last counts, until the main file says more": {
    "mosquitto.conf": "listener PORT 127.0.0.1\ninclude_dir conf.d\nallow_anonymous false\n" +
      "password_file passwd\n",
    "conf.d/a.conf": "allow_anonymous true\n",
  },
  "included files in mosquitto's order": {
    "mosquitto.conf": "listener PORT 127.0.0.1\npassword_file passwd\ninclude_dir conf.d\n",
    "conf.d/a.conf": "allow_anonymous true\n",
    "conf.d/B.conf": "allow_anonymous false\n",
  },
  "include_dir in an included file": {
    "mosquitto.conf": "listener PORT 127.0.0.1\npassword_file passwd\ninclude_dir conf.d\n",
    "conf.d/a.conf": "include_dir more.d\n",
    "more.d/a.conf": "allow_anonymous true\n",
  },
  "no one, and nothing that a plugin would be for": {
    "mosquitto.conf":
      "listener PORT 127.0.0.1\nallow_anonymous false\nconnection_messages false\n" +
      "sys_interval 0\n",
  },
  "rules above the first listener, of no effect": {
    "mosquitto.conf":
      "per_listener_settings true\nallow_anonymous false\nlistener PORT 127.0.0.1\n" +
      "allow_anonymous true\n",
  },
};

/** Midge leaves the listener out; whom it kept out must not get in by what stands for it. */
const CLOSED: Record<string, Files> = {
  "clientid_prefixes": {
    "mosquitto.conf": "listener PORT 127.0.0.1\nclientid_prefixes sensor-\nallow_anonymous true\n",
  },
  "clientid_prefixes, with passwords": {
    "mosquitto.conf": "clientid_prefixes sensor-\nlistener PORT 127.0.0.1\npassword_file passwd\n",
  },
  "use_username_as_clientid": {
    "mosquitto.conf": "listener PORT 127.0.0.1\nallow_anonymous true\n" +
      "use_username_as_clientid true # yes\n",
  },
  "mount_point": {
    "mosquitto.conf": "listener PORT 127.0.0.1\npassword_file passwd\nmount_point a/\n",
  },
};

const REFUSED: Record<string, Files> = {
  "an unknown key": { "mosquitto.conf": "listener PORT 127.0.0.1\nallow_anonymus true\n" },
  "a key that ends with a tab": {
    "mosquitto.conf": "listener PORT 127.0.0.1\nallow_anonymous\ttrue\n",
  },
  "a comment that does not begin its line": {
    "mosquitto.conf": "listener PORT 127.0.0.1\n  # here\nallow_anonymous true\n",
  },
  "per_listener_settings behind what says who comes in": {
    "mosquitto.conf": "allow_anonymous true\nper_listener_settings true\nlistener PORT 127.0.0.1\n",
  },
  "two password files": {
    "mosquitto.conf": "listener PORT 127.0.0.1\npassword_file passwd\npassword_file passwd\n",
  },
  "a second password file, included": {
    "mosquitto.conf": "listener PORT 127.0.0.1\npassword_file passwd\ninclude_dir conf.d\n",
    "conf.d/a.conf": "password_file passwd\n",
  },
  "mount_point above the first listener": {
    "mosquitto.conf": "mount_point a/\nlistener PORT 127.0.0.1\n",
  },
  "a bridge's key without a bridge": {
    "mosquitto.conf": "listener PORT 127.0.0.1\nremote_username a\n",
  },
  "a bridge's key in an included file": {
    "mosquitto.conf": "listener PORT 127.0.0.1\nconnection a\naddress 192.0.2.1\ntopic # out\n" +
      "include_dir conf.d\n",
    "conf.d/a.conf": "remote_username a\n",
  },
  "a switch that is none": { "mosquitto.conf": "listener PORT 127.0.0.1\nallow_anonymous yes\n" },
  "a comment behind a text": {
    "mosquitto.conf": "listener PORT 127.0.0.1\npassword_file passwd # here\n",
  },
};

/** Who gets in at a port. */
async function whoGetsIn(port: number): Promise<string[]> {
  const inside: string[] = [];
  for (const [name, identity] of Object.entries(CLIENTS)) {
    await using client = await RawClient.dial({ hostname: "127.0.0.1", port });
    await client.send(connect(identity));
    const answer = await client.nextPacket();
    if (answer?.type === 2 && answer.bytes[3] === 0) inside.push(name);
  }
  return inside;
}

interface Scene extends AsyncDisposable {
  readonly path: string;
  readonly port: number;
}

function writeScene(files: Files): Scene {
  const folder = new TempFolder();
  const [port, other] = freePorts(2);
  const all = { passwd: `roger:${hash}\n`, ...files };
  for (const [name, text] of Object.entries(all)) {
    const parent = name.split("/").slice(0, -1).join("/");
    Deno.mkdirSync(`${folder.path}/${parent}`, { recursive: true });
    const head = name === "mosquitto.conf" ? "user root\n" : "";
    folder.write(
      name,
      head + text.replaceAll("PORT2", String(other)).replaceAll("PORT", String(port)),
    );
  }
  return {
    path: folder.path,
    port: port!,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** The configuration's text that an import makes of the scene. */
async function imported({ path }: Scene): Promise<string> {
  const file = await readSource(`${path}/mosquitto.conf`, `${path}/mosquitto.conf`);
  return toYaml((await importFiles(new DiskLibrary([file]))).draft);
}

async function atMidge(scene: Scene): Promise<string[]> {
  const text = await imported(scene);
  const path = `${scene.path}/config.yaml`;
  await Deno.writeTextFile(path, text.replace("127.0.0.1:1883", `127.0.0.1:${scene.port}`));
  const config = await loadConfig(path);
  await Broker.check(config);
  const broker = new Broker(config);
  await broker.start();
  try {
    return await whoGetsIn(scene.port);
  } finally {
    await broker.stop();
  }
}

async function atMosquitto(scene: Scene): Promise<string[] | undefined> {
  const running = await runMosquittoIn(scene.path, scene.port);
  if (running === undefined) return undefined;
  await using _ = running;
  return await whoGetsIn(scene.port);
}

for (const [name, files] of Object.entries(SAME)) {
  await mosquittoTest(`the same get in: ${name}`, async () => {
    await using scene = writeScene(files);
    const theirs = await atMosquitto(scene);
    assertEquals(await atMidge(scene), theirs);
  });
}

for (const [name, files] of Object.entries(CLOSED)) {
  await mosquittoTest(`no one gets in whom mosquitto keeps out: ${name}`, async () => {
    await using scene = writeScene(files);
    const theirs = await atMosquitto(scene);
    assert(theirs !== undefined && theirs.length > 0, "mosquitto lets no one in");
    assertEquals(await atMidge(scene), []);
  });
}

Deno.test("what belongs to a listener that mosquitto loses in memory is not imported", async () => {
  await using scene = writeScene({
    "mosquitto.conf": "listener PORT 127.0.0.1\ninclude_dir conf.d\nmax_connections 5\n",
    "conf.d/a.conf": "listener PORT2 127.0.0.1\n",
  });
  const error = await assertRejects(() => imported(scene), UserError);
  assert(error.message.includes("mosquitto has lost the listener it belongs to"), error.message);
});

for (const [name, files] of Object.entries(REFUSED)) {
  await mosquittoTest(`neither starts with it: ${name}`, async () => {
    await using scene = writeScene(files);
    assertEquals(await atMosquitto(scene), undefined);
    await assertRejects(() => imported(scene), UserError);
  });
}
