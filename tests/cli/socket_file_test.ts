/** `midge start` with a socket file, as a process: what a killed broker leaves, permissions, groups, refusals. */
import { assert, assertEquals } from "@std/assert";
import { MidgeProcess, runMidge, TempFolder } from "../support/midge_process.ts";
import { within } from "../support/raw_client.ts";
import { bytes, connack, connect, toHex } from "../support/raw_packets.ts";

const NOBODY = 65_534;
const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;

function configure(folder: TempFolder, listener: string): string {
  return folder.write(
    "c.yaml",
    `listeners: {local: {type: unix, ${listener}}}\nplugins: {auth_anonymous: }\n`,
  );
}

async function letsIn(path: string): Promise<void> {
  using client = await Deno.connect({ transport: "unix", path });
  await client.write(bytes(connect({ clientId: "c" })));
  const answer = new Uint8Array(4);
  await within(client.read(answer), "CONNACK");
  assertEquals(toHex(answer), toHex(connack(false, 0)));
}

Deno.test("what a killed broker leaves is replaced; an orderly stop leaves nothing", async () => {
  await using folder = new TempFolder();
  const path = `${folder.path}/mqtt.sock`;
  const file = configure(folder, "bind: ./mqtt.sock, mode: '0600'");
  {
    await using killed = await MidgeProcess.start(["start", "-c", file]);
    assert(
      killed.log.some((line) => line.endsWith(`listener local: unix ${path}`)),
      killed.log.join("\n"),
    );
    await letsIn(path);
  }
  assert(Deno.lstatSync(path).isSocket, "SIGKILL leaves the file");
  await using next = await MidgeProcess.start(["start", "-c", file]);
  await letsIn(path);
  const other = folder.write("d.yaml", `${folder.read("c.yaml")}management: null\n`);
  const second = await runMidge(["start", "-c", other]);
  assertEquals([second.code, second.stderr.at(-1)], [
    1,
    `midge: ${other}: listeners.local.bind: cannot listen on ${path}: it is taken by another process`,
  ]);
  await letsIn(path);
  next.signal("SIGTERM");
  assertEquals(await next.exitCode(), 0);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(), [
    "c.yaml",
    "d.yaml",
    "data",
  ]);
});

Deno.test("without the permission to write there the error names the flag", async () => {
  await using folder = new TempFolder();
  Deno.mkdirSync(`${folder.path}/data`);
  const file = configure(folder, "bind: ./mqtt.sock");
  const permissions = [
    "--allow-net",
    "--allow-read",
    "--allow-sys",
    `--allow-write=${folder.path}/data`,
  ];
  const { code, stderr } = await runMidge(["start", "-c", file], { permissions });
  assertEquals([code, stderr.at(-1)], [
    1,
    `midge: ${file}: listeners.local.bind: cannot listen on ${folder.path}/mqtt.sock: ` +
    `a socket file is made, read and removed; --allow-read and --allow-write=${folder.path} are needed`,
  ]);
  const inside = configure(folder, "bind: ./data/mqtt.sock");
  await using _midge = await MidgeProcess.start(["start", "-c", inside], { permissions });
  await letsIn(`${folder.path}/data/mqtt.sock`);
});

/** Runs in a process that has no right of root's: opens a socket file and says what came of it. */
const OPEN = `
  const { UnixListener } = await import(Deno.args[0]);
  const [, path, group] = Deno.args;
  await UnixListener.open({ path, mode: 0o660, group })
    .then(() => console.log("open"), (error) => console.log(error.message));
  Deno.exit();`;
const MODULE = new URL("../../lib/net/listen/unix.ts", import.meta.url).href;

async function openUnprivileged(path: string, ...group: string[]): Promise<string> {
  const deno = [Deno.execPath(), "eval", OPEN, MODULE, path, ...group];
  const bare = ["setpriv", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"];
  const [program = "", ...args] = isRoot ? [...bare, ...deno] : deno;
  const { stdout, stderr } = await new Deno.Command(program, { args }).output();
  const said = new TextDecoder().decode(stdout).trimEnd();
  assert(said !== "", new TextDecoder().decode(stderr));
  return said;
}

Deno.test({
  name: "sentences: a group that the broker's user is not in, a folder that is another's",
  ignore: !isRoot,
  fn: async () => {
    await using folder = new TempFolder();
    const path = `${folder.path}/mqtt.sock`;
    assertEquals(await openUnprivileged(path), "open");
    assertEquals(await openUnprivileged(path, String(Deno.gid())), "open");
    Deno.removeSync(path);
    assertEquals(
      await openUnprivileged(path, String(NOBODY)),
      `it cannot be given to group ${NOBODY}: the broker's user must be in that group`,
    );
    const others = `${folder.path}/others`;
    Deno.mkdirSync(others, { mode: 0o755 });
    Deno.chownSync(others, NOBODY, NOBODY);
    assertEquals(
      await openUnprivileged(`${others}/mqtt.sock`),
      `the broker's user may not make files in ${others}`,
    );
  },
});
