/** `midge import` as people run it: files on the disk, a configuration on stdout that can be started, exit codes. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { MOSQUITTO } from "../access/passwords/vectors.ts";
import { CERTIFICATES } from "./import/support.ts";
import { MidgeProcess, runMidge, TempFolder } from "../support/midge_process.ts";
import { RawClient } from "../support/raw_client.ts";
import { publish, subscribe } from "../support/raw_packets.ts";

const CONF = `listener 1884 127.0.0.1
mount_point site/
listener 1883 127.0.0.1
allow_anonymous false
password_file /etc/mosquitto/passwd
acl_file conf/aclfile
`;
const [VECTOR] = MOSQUITTO;

/** A folder with mosquitto's files, not where the configuration says. */
function siteFolder(): TempFolder {
  const folder = new TempFolder();
  folder.write("mosquitto.conf", CONF);
  folder.write("passwd", `roger:${VECTOR!.hash}\n`);
  Deno.mkdirSync(`${folder.path}/conf`);
  folder.write("conf/aclfile", "user roger\ntopic readwrite foo/#\n");
  return folder;
}

Deno.test("what it prints can be checked and started, and does what mosquitto did", async () => {
  await using folder = siteFolder();
  const made = await runMidge(["import", `${folder.path}/mosquitto.conf`]);
  assertEquals([made.code, made.stderr], [0, [
    `not carried over: listener 1884 (${folder.path}/mosquitto.conf:1): its mount_point keeps its clients ` +
    "apart from the others; left out",
  ]]);
  assertMatch(made.stdout[0]!, /^# Made by midge import from mosquitto's \/.*mosquitto\.conf$/);
  const text = made.stdout.join("\n");
  assert(
    text.includes(`password_file: ${folder.path}/passwd # ${folder.path}/mosquitto.conf:5`),
    text,
  );
  const config = folder.write("config.yaml", text.replace("127.0.0.1:1883", "127.0.0.1:0"));
  const { code, stderr } = await runMidge(["check", "-c", config]);
  assertEquals([code, stderr], [0, []]);
  await using midge = await MidgeProcess.start(["start", "-c", config]);
  const address = { hostname: "127.0.0.1", port: midge.port };
  await using roger = await RawClient.open(address, {
    clientId: "r",
    username: "roger",
    password: VECTOR!.password,
  });
  await roger.send(subscribe(1, ["#", 0]));
  await roger.expectPacket("SUBACK");
  await roger.send(publish("bar", "no"), publish("foo/a", "yes"));
  const { topic, payload } = await roger.expectPublish();
  assertEquals([topic, payload], ["foo/a", "yes"]);
});

Deno.test("files that the configuration names are taken from the command line first", async () => {
  await using folder = siteFolder();
  await using other = new TempFolder();
  other.write("aclfile", "topic nonsense line here\n");
  const { code, stderr } = await runMidge([
    "import",
    `${folder.path}/mosquitto.conf`,
    `${other.path}/aclfile`,
  ]);
  assertEquals([code, stderr], [1, [
    `midge: ${other.path}/aclfile:1: got "nonsense", expected read, write, readwrite or deny`,
  ]]);
});

Deno.test("include_dir is read from the disk, in order", async () => {
  await using folder = new TempFolder();
  Deno.mkdirSync(`${folder.path}/conf.d`);
  folder.write("conf.d/b.conf", "max_inflight_messages 2\n");
  folder.write("conf.d/a.conf", "max_inflight_messages 1\nmax_queued_messages 1\n");
  folder.write("conf.d/not_this", "max_queued_messages 9\n");
  const file = folder.write(
    "m.conf",
    `listener 1883 127.0.0.1\ninclude_dir ${folder.path}/conf.d\n`,
  );
  const { stdout } = await runMidge(["import", file]);
  assert(stdout.includes(`max_inflight: 2 # ${folder.path}/conf.d/b.conf:1`), stdout.join("\n"));
  assert(stdout.includes(`max_queued_messages: 1 # ${folder.path}/conf.d/a.conf:2`));
});

Deno.test("EMQ X: acl.conf beside, paths of the installation do not matter", async () => {
  await using folder = new TempFolder();
  folder.write("acl.conf", "{allow, all}.\n");
  const file = folder.write(
    "emqx.conf",
    "listener.tcp.external = 1883\nzone.external.enable_acl = on\nacl_file = {{ platform_etc_dir }}/acl.conf\n",
  );
  const { code, stdout } = await runMidge(["import", file]);
  assertEquals(code, 0);
  assert(stdout.includes(`    file: ${folder.path}/acl.conf # ${file}:3`), stdout.join("\n"));
});

Deno.test("certificates: those of the command line, where the path says, or beside; folders too", async () => {
  await using folder = new TempFolder();
  await using other = new TempFolder();
  const at = folder.path;
  Deno.mkdirSync(`${at}/ca`);
  for (const name of ["server.crt", "ca/ca.pem"]) folder.write(name, CERTIFICATES["server.crt"]!);
  const key = other.write("server.key", CERTIFICATES["server.key"]!);
  const file = folder.write(
    "mosquitto.conf",
    "listener 8883 127.0.0.1\ncertfile /etc/m/server.crt\nkeyfile /etc/m/server.key\ncapath ca\n" +
      "require_certificate true\n",
  );
  const missing = await runMidge(["import", file]);
  assertEquals([missing.code, missing.stdout, missing.stderr.length], [1, [], 1]);
  const { code, stdout, stderr } = await runMidge(["import", file, key]);
  assertEquals([code, stderr], [0, []]);
  const text = stdout.join("\n");
  for (
    const line of [
      `certfile: ${at}/server.crt # ${file}:2`,
      `keyfile: ${key} # ${file}:3`,
      `capath: ${at}/ca # ${file}:4`,
    ]
  ) assert(text.includes(line), `${line} is not in\n${text}`);
  const alone = await runMidge(["import", key]);
  assertEquals([alone.code, alone.stderr], [1, [
    `midge: ${key}: a certificate or key; name the configuration it belongs to`,
  ]]);
});

Deno.test("a file that cannot be read or understood: a line for each, exit code 1, nothing on stdout", async () => {
  await using folder = new TempFolder();
  const text = folder.write("text", "hello\n");
  const binary = `${folder.path}/binary`;
  Deno.writeFileSync(binary, Uint8Array.of(0xff, 0xfe));
  const missing = await runMidge(["import", `${folder.path}/none`, binary, folder.path]);
  assertEquals([missing.code, missing.stdout, missing.stderr], [1, [], [
    `midge: ${folder.path}/none: no such file`,
    `midge: ${binary}: is not UTF-8 text`,
    `midge: ${folder.path}: is a folder; expected a file`,
  ]]);
  const unknown = await runMidge(["import", text]);
  assertEquals([unknown.code, unknown.stdout, unknown.stderr.length], [1, [], 1]);
  assertMatch(
    unknown.stderr[0]!,
    /\/text: is not a file of mosquitto .*EMQ X 3 or 4 .*aMQTT \(YAML\)$/,
  );
});

Deno.test("without a file: the command line is not understood", async () => {
  const { code, stderr } = await runMidge(["import"]);
  assertEquals([code, stderr], [2, ["midge: import: FILE... is missing; see midge import --help"]]);
  assertEquals(
    (await runMidge(["import", "--help"])).stdout[0],
    "Usage: midge import FILE... > config.yaml",
  );
});
