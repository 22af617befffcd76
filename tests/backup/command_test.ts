/** `midge backup` and `midge restore` as people run them: beside a broker, ended in the middle, and with bad files. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { MidgeProcess, runMidge, TempFolder } from "../support/midge_process.ts";
import { RawClient } from "../support/raw_client.ts";
import { publish } from "../support/raw_packets.ts";
import { stateOf } from "../cli/store/support.ts";

const CONFIG = `listeners: {default: {bind: "127.0.0.1:0"}}
plugins: {auth_anonymous: {}}
storage: {}
`;

function configIn(folder: TempFolder): string {
  Deno.mkdirSync(`${folder.path}/midge`);
  return folder.write("midge/config.yaml", CONFIG);
}

/** Retained messages with QoS 1; resolves when all are acknowledged. */
async function retain(port: number, count: number): Promise<void> {
  await using client = await RawClient.open({ hostname: "127.0.0.1", port });
  for (let id = 1; id <= count; id++) {
    await client.send(publish(`t/${id}`, "x", { qos: 1, id, retain: true }));
  }
  for (let id = 1; id <= count; id++) await client.expectPacket("PUBACK");
}

Deno.test("a running broker is backed up with all that it has acknowledged, and not restored over", async () => {
  await using folder = new TempFolder();
  const config = configIn(folder);
  const file = `${folder.path}/b.tar.gz`;
  await using midge = await MidgeProcess.start(["-c", config]);
  await retain(midge.port, 50);
  const made = await runMidge(["backup", "-c", config, file]);
  assertEquals([made.code, made.stderr], [0, []]);
  assertMatch(made.stdout.join("\n"), /store: 0 sessions.*50 retained messages/);
  assertEquals(Deno.statSync(file).mode! & 0o777, 0o600);
  const twice = await runMidge(["backup", "-c", config, file]);
  assertEquals([twice.code, twice.stdout, twice.stderr.length], [1, [], 1]);
  assertMatch(twice.stderr[0]!, /is there already/);
  const over = await runMidge(["restore", file, "--in-place", "--force"]);
  assertEquals([over.code, over.stderr.length], [1, 1]);
  assertMatch(over.stderr[0]!, /a broker runs on it; stop it first/);
  const to = `${folder.path}/new`;
  const beside = await runMidge(["restore", file, "--to", to]);
  assertEquals([beside.code, beside.stderr], [0, []]);
  assertEquals((await stateOf(`${to}/data/store`)).retained.size, 50);
  await using second = await MidgeProcess.start(["-c", `${to}/config.yaml`]);
  assert(second.port > 0);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(), [
    "b.tar.gz",
    "midge",
    "new",
  ]);
});

Deno.test("a store in use keeps a restore out, also without management", async () => {
  await using folder = new TempFolder();
  const config = configIn(folder);
  folder.write("midge/config.yaml", `${CONFIG}management: null\n`);
  const file = `${folder.path}/b.tar`;
  await using midge = await MidgeProcess.start(["-c", config]);
  assertEquals((await runMidge(["backup", "-c", config, file])).code, 0);
  const { code, stderr } = await runMidge(["restore", file, "--in-place", "--force"]);
  assertEquals([code, stderr.length], [1, 1]);
  assertMatch(stderr[0]!, /in use by a running broker \(process \d+\); stop it first/);
  assert(midge.port > 0);
});

Deno.test("through a pipe, listed, checked, and asked where to", async () => {
  await using folder = new TempFolder();
  const config = configIn(folder);
  folder.write("midge/passwords", "");
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      `--lock=${new URL("../../deno.lock", import.meta.url).pathname}`,
      new URL("../../main.ts", import.meta.url).pathname,
      "backup",
      "-c",
      config,
      "-",
    ],
  }).output();
  assertEquals([code, [...stdout.subarray(0, 2)]], [0, [0x1f, 0x8b]]);
  assertMatch(new TextDecoder().decode(stderr), /^stdout: 1 file, /);
  const file = `${folder.path}/b`;
  Deno.writeFileSync(file, stdout);
  const asked = await runMidge(["restore", file]);
  assertEquals([asked.code, asked.stderr.length], [1, 1]);
  assertMatch(asked.stderr[0]!, /where to\? It was made of .*midge .* --in-place .* --to DIR$/);
  const listed = await runMidge(["restore", file, "--list"]);
  assertMatch(
    listed.stdout.join("\n"),
    /^1 file, .*\n755 +folder {2}base\n644 +\d+ {2}base\/config.yaml$/,
  );
  const checked = await runMidge(["restore", "-", "--check"], { stdin: stdout });
  assertMatch(checked.stdout[0]!, /^-: whole; 1 file/);
});

Deno.test("killed at any moment, a restore leaves the old or the new, or says how to go on", async () => {
  await using folder = new TempFolder();
  const config = configIn(folder);
  const file = `${folder.path}/b.tar`;
  folder.write("midge/config.yaml", CONFIG);
  assertEquals((await runMidge(["backup", "-c", config, file])).code, 0);
  folder.write("midge/config.yaml", `${CONFIG}# changed\n`);
  await using watcher = new Killer(`${folder.path}/midge/.midge-restore`);
  const child = watcher.run(["restore", file, "--in-place", "--force"]);
  await child;
  const check = await runMidge(["check", "-c", config]);
  if (check.code !== 0) {
    assertMatch(check.stderr.join("\n"), /midge restore --resume --to /);
    const { code } = await runMidge(["restore", "--resume", "--to", `${folder.path}/midge`]);
    assertEquals([code, folder.read("midge/config.yaml")], [0, CONFIG]);
  } else {
    assert([CONFIG, `${CONFIG}# changed\n`].includes(folder.read("midge/config.yaml")));
  }
  const again = await runMidge(["restore", file, "--in-place", "--force"]);
  assertEquals([again.code, again.stderr, folder.read("midge/config.yaml")], [0, [], CONFIG]);
  assertEquals(
    [...Deno.readDirSync(`${folder.path}/midge`)].some(({ name }) => name === ".midge-restore"),
    false,
  );
});

/** Kills a restore as soon as its folder is there. */
class Killer implements AsyncDisposable {
  readonly #path: string;
  readonly #watcher: Deno.FsWatcher;

  constructor(path: string) {
    this.#path = path;
    this.#watcher = Deno.watchFs(path.slice(0, path.lastIndexOf("/")));
  }

  async run(args: string[]): Promise<void> {
    const main = new URL("../../main.ts", import.meta.url).pathname;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", main, ...args],
      stdout: "null",
      stderr: "null",
    }).spawn();
    const ended = child.status;
    for await (const { paths } of this.#watcher) {
      if (!paths.some((path) => path.startsWith(this.#path))) continue;
      child.kill("SIGKILL");
      break;
    }
    await ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#watcher.close();
    } catch {
      // the loop over it has closed it
    }
    return Promise.resolve();
  }
}

for (
  const [what, bytes, said] of [
    ["an empty file", [], /is empty; expected a file that midge backup made/],
    ["a text", "hello, this is no backup at all".repeat(40), /is no backup; expected a file that/],
    ["one that age has encrypted", "age-encryption.org/v1\n...", /age -d FILE \| midge restore -$/],
    ["a zip file", "PK\x03\x04....", /is a zip file$/],
    [
      "half a compressed file",
      [0x1f, 0x8b, 8, 0, 0, 0],
      /is cut short or damaged: .*nothing was changed$/,
    ],
  ] as const
) {
  Deno.test(`${what} in place of a backup is one line`, async () => {
    await using folder = new TempFolder();
    const file = `${folder.path}/b`;
    Deno.writeFileSync(
      file,
      typeof bytes === "string" ? new TextEncoder().encode(bytes) : new Uint8Array(bytes),
    );
    const { code, stdout, stderr } = await runMidge([
      "restore",
      file,
      "--to",
      `${folder.path}/new`,
    ]);
    assertEquals([code, stdout, stderr.length], [1, [], 1]);
    assertMatch(stderr[0]!, said);
    assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["b"]);
  });
}

Deno.test("a configuration without its data folder is backed up, and that is said", async () => {
  await using folder = new TempFolder();
  const config = configIn(folder);
  const { code, stdout } = await runMidge([
    "backup",
    "-c",
    config,
    "--data-dir",
    "/nowhere",
    folder.path,
  ]);
  assertEquals(code, 0);
  assertMatch(
    stdout.join("\n"),
    /not in it: \/nowhere is not there; name the folder .* with --data-dir/,
  );
});

Deno.test("an authority that no configuration names is not in it, and that is said", async () => {
  await using folder = new TempFolder();
  assertEquals((await runMidge(["init", folder.path, "--secure", "--no-token"])).code, 0);
  const args = ["backup", "-c", `${folder.path}/config.yaml`, `${folder.path}/b.tar`];
  const { code, stdout } = await runMidge(args);
  assertEquals(code, 0);
  assertEquals(
    stdout.filter((line) => line.includes("does not name it")),
    ["ca.crt", "ca.key"].map((name) =>
      `not in it: ${folder.path}/certs/${name}: the configuration does not name it; keep a copy elsewhere`
    ),
  );
});

Deno.test("where there is nothing to back up, that is an error and no file", async () => {
  await using folder = new TempFolder();
  const { code, stdout, stderr } = await runMidge(["backup"], { cwd: folder.path });
  assertEquals([code, stdout, stderr.length], [1, [], 1]);
  assertMatch(stderr[0]!, /there is nothing to back up: .*data has no files, .* -c FILE/);
  assertEquals([...Deno.readDirSync(folder.path)], []);
});

Deno.test("without rights, and with words that do not fit, it is one line too", async () => {
  await using folder = new TempFolder();
  const config = configIn(folder);
  for (
    const [args, code, said] of [
      [
        ["backup", "-c", config, "/nowhere/b"],
        1,
        /^midge: \/nowhere: .*expected a folder for the backup$/,
      ],
      [["backup", "-c", config, `${folder.path}/midge/data/b`], 1, /would be in the next backup/],
      [["restore"], 2, /FILE is missing/],
      [["restore", "x", "--to", "a", "--in-place"], 2, /expected one of them/],
      [["restore", "/nowhere"], 1, /no such file/],
      [["restore", folder.path], 1, /is a folder; expected a file/],
      [["restore", "--resume", "--to", folder.path], 1, /no restore was ended in the middle/],
    ] as const
  ) {
    const outcome = await runMidge([...args]);
    assertEquals([outcome.code, outcome.stdout, outcome.stderr.length], [code, [], 1]);
    assertMatch(outcome.stderr[0]!, said);
  }
});
