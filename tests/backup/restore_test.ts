/** Backups put back: all of it, as a whole or not at all, and never over what is there. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { loadConfig } from "../../lib/config/load.ts";
import { planPath } from "../../lib/backup/moves.ts";
import { resume } from "../../lib/backup/restore.ts";
import { type WriteFile, writeNew } from "../../lib/backup/copy_file.ts";
import { equalBytes } from "../../lib/equal.ts";
import { UserError } from "../../lib/user_error.ts";
import { makeStore, rot, stateOf, stateWith } from "../cli/store/support.ts";
import { TempFolder } from "../support/midge_process.ts";
import { backupOf, filesBelow, forged, opened, restored } from "./support.ts";

const CONFIG =
  `listeners: {default: {bind: "127.0.0.1:0", certfile: certs/server.crt, keyfile: certs/server.key}}
plugins:
  auth_file: {password_file: passwords}
  ./greeter.js: {greeting: hello, list: CA}
storage: {}
`;

/** A folder with a broker's files in \`midge\`, and what is in it. */
async function brokerIn(folder: TempFolder): Promise<Record<string, string>> {
  const base = `${folder.path}/midge`;
  for (const name of ["certs", "data/acme/host", "lib"]) {
    Deno.mkdirSync(`${base}/${name}`, { recursive: true });
  }
  const files = {
    "config.yaml": CONFIG,
    "passwords": "bob:x\n",
    "certs/server.crt": "crt",
    "certs/server.key": "key",
    "greeter.js": 'import "./lib/words.js";',
    "lib/words.js": "",
    "data/bans.yaml": "# none\n",
    "data/tokens.json": '{"tokens":[]}',
    "data/acme/host/key.pem": "pem",
  };
  for (const [name, text] of Object.entries(files)) folder.write(`midge/${name}`, text);
  folder.write("midge/README", "not of the broker");
  folder.write("midge/data/management.json", "of a running one");
  Deno.chmodSync(`${base}/passwords`, 0o640);
  Deno.chmodSync(`${base}/data`, 0o710);
  await makeStore(`${base}/data/store`, stateWith("dev", 2, ["a"]));
  return files;
}

function withoutStore(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([name]) => !name.includes("/store/")));
}

for (const isGzip of [true, false]) {
  Deno.test(`all of a broker comes to another folder, ${isGzip ? "compressed" : "plain"}`, async () => {
    await using folder = new TempFolder();
    const files = await brokerIn(folder);
    const to = `${folder.path}/new`;
    const { store, notes, aside } = await restored(
      await backupOf(`${folder.path}/midge/config.yaml`, isGzip),
      { to },
    );
    assertEquals(withoutStore(await filesBelow(to)), files);
    assertEquals([notes, aside, store?.replayed.state.sessions.size], [[], [], 1]);
    assertEquals((await stateOf(`${to}/data/store`)).sessions.get("dev")?.entries.size, 2);
    assertEquals(Deno.statSync(`${to}/passwords`).mode! & 0o777, 0o640);
    assertEquals(Deno.statSync(`${to}/data`).mode! & 0o777, 0o710);
  });
}

Deno.test("a backup of what was restored is the same again", async () => {
  await using folder = new TempFolder();
  await brokerIn(folder);
  const first = await backupOf(`${folder.path}/midge/config.yaml`);
  const to = `${folder.path}/new`;
  await restored(first, { to });
  const again = await opened(await backupOf(`${to}/config.yaml`));
  const before = await opened(first);
  assertEquals(again.manifest.entries, before.manifest.entries);
  await Promise.all([again.close(), before.close()]);
});

Deno.test("what is there is named and stays; force moves it aside, also what the backup has not", async () => {
  await using folder = new TempFolder();
  await brokerIn(folder);
  const base = `${folder.path}/midge`;
  const bytes = await backupOf(`${base}/config.yaml`);
  folder.write("midge/passwords", "changed");
  folder.write("midge/data/rules.yaml", "new since");
  const before = await filesBelow(base);
  await assertRejects(() => restored(bytes, {}), UserError, "certs/server.crt");
  assertEquals(await filesBelow(base), before);
  const { aside } = await restored(bytes, {}, { force: true });
  const name = "before-restore-20261128-101500";
  assertEquals(aside, [`${base}/${name}`, `${base}/data/${name}`, `${base}/data/store/${name}`]);
  assertEquals(folder.read("midge/passwords"), "bob:x\n");
  assertEquals(folder.read(`midge/${name}/passwords`), "changed");
  assertEquals(folder.read(`midge/data/${name}/rules.yaml`), "new since");
  assertEquals(folder.read("midge/README"), "not of the broker");
  assertEquals((await stateOf(`${base}/data/store`)).sessions.size, 1);
});

Deno.test("files from elsewhere come below the folder, and back to where they were where that is asked for", async () => {
  await using folder = new TempFolder();
  Deno.mkdirSync(`${folder.path}/midge`);
  const secret = folder.write("passwords", "bob:x\n");
  const file = folder.write(
    "midge/config.yaml",
    `data_dir: ${folder.path}/var\nplugins: {auth_file: {password_file: ${secret}}}\nstorage: null\n`,
  );
  const bytes = await backupOf(file);
  const to = `${folder.path}/new`;
  const { notes } = await restored(bytes, { to });
  assertEquals(Object.keys(await filesBelow(to)), ["config.yaml", `outside${secret}`]);
  assertEquals(notes, [
    `${to}/config.yaml names ${secret}, which is ${to}/outside${secret} here: change it`,
    `${to}/config.yaml means the data folder ${folder.path}/var: start with --data-dir ${to}/data`,
  ]);
  await Deno.remove(secret);
  await restored(bytes, { to: `${folder.path}/other`, outside: true });
  assertEquals(folder.read("passwords"), "bob:x\n");
});

for (
  const [what, name, more, said] of [
    ["leads out", "base/../../evil", {}, "leads elsewhere"],
    ["is absolute", "/etc/evil", {}, "begins with none of"],
    [
      "is of a newer form",
      "base/a",
      { version: 2, midge: "0.9.0" },
      "written by Midge 0.9.0 (format 2)",
    ],
  ] as const
) {
  Deno.test(`a backup that ${what} is refused before anything is made`, async () => {
    await using folder = new TempFolder();
    const to = `${folder.path}/new`;
    const bytes = await forged("/m", { [name]: "x" }, more);
    await assertRejects(() => restored(bytes, { to }), UserError, said);
    assertEquals([...Deno.readDirSync(folder.path)], []);
  });
}

Deno.test("a name in two spellings that one file system takes for one is refused", async () => {
  const bytes = await forged("/m", { "base/a": "x", "base/A": "y" });
  await assertRejects(() => restored(bytes, { to: "/nowhere" }), UserError, "twice");
});

/** Do both unpack to the same? */
async function isSameInside(...files: Uint8Array<ArrayBuffer>[]): Promise<boolean> {
  const [one, other] = await Promise.all(files.map((bytes) => {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).bytes().catch(() => undefined);
  }));
  return one !== undefined && other !== undefined && equalBytes(one, other);
}

Deno.test("no bit of a plain backup's list can be another one", async () => {
  await using folder = new TempFolder();
  await brokerIn(folder);
  const whole = await backupOf(`${folder.path}/midge/config.yaml`, false);
  const end = new TextDecoder().decode(whole).indexOf("\0", 512);
  for (let at = 512; at < end; at++) {
    const flipped = whole.slice();
    flipped[at]! ^= 0x01;
    await assertRejects(() => opened(flipped), UserError, "is", `byte ${at}`);
  }
});

Deno.test("damage anywhere leaves nothing: flipped bits, a cut, a damaged store", async () => {
  await using folder = new TempFolder();
  await brokerIn(folder);
  const file = `${folder.path}/midge/config.yaml`;
  const to = `${folder.path}/new`;
  for (const isGzip of [true, false]) {
    const whole = await backupOf(file, isGzip);
    for (let part = 1; part < 12; part++) {
      const at = Math.floor(whole.length * part / 12);
      await assertRejects(() => restored(whole.slice(0, at), { to }), UserError);
      const flipped = whole.slice();
      flipped[at]! ^= 0x10;
      if (isGzip && await isSameInside(flipped, whole)) continue; // another way to the same bytes
      await assertRejects(() => restored(flipped, { to }), UserError);
      assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["midge"]);
    }
  }
  await rot(`${folder.path}/midge/data/store/journal-0000000001.log`, 130);
  await assertRejects(() => backupOf(file), Error, "midge store check");
});

/** Fails when that many files have been written. */
function fullAfter(count: number): WriteFile {
  return (path, pieces) => {
    if (count-- > 0) return writeNew(path, pieces);
    throw new UserError(`${path}: cannot be written: the disk is full`);
  };
}

Deno.test("a full disk leaves what was there, and nothing else", async () => {
  await using folder = new TempFolder();
  await brokerIn(folder);
  const base = `${folder.path}/midge`;
  const bytes = await backupOf(`${base}/config.yaml`);
  const before = await filesBelow(base);
  for (let count = 0; count < 10; count++) {
    const write = fullAfter(count);
    await assertRejects(
      () => restored(bytes, {}, { force: true, write }),
      UserError,
      "disk is full",
    );
    assertEquals(await filesBelow(base), before);
    await assertRejects(() => restored(bytes, { to: `${folder.path}/new` }, { write }), UserError);
  }
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["midge"]);
});

/** Fails at one move, and at all behind it where the process is gone. */
function moverThatFails(at: number, isGone: boolean) {
  let count = 0;
  const rename = (from: string, to: string) => {
    const isFailing = isGone ? count >= at : count === at;
    count++;
    if (isFailing) throw new Error("the device has gone");
    Deno.renameSync(from, to);
  };
  return { rename, isResumed: isGone };
}

Deno.test("a move that fails takes back those before it", async () => {
  await using folder = new TempFolder();
  await brokerIn(folder);
  const base = `${folder.path}/midge`;
  const bytes = await backupOf(`${base}/config.yaml`);
  folder.write("midge/passwords", "changed");
  const before = await filesBelow(base);
  for (let at = 0; at < 19; at++) {
    const mover = moverThatFails(at, false);
    await assertRejects(
      () => restored(bytes, {}, { force: true, mover }),
      UserError,
      "nothing was changed",
    );
    assertEquals(await filesBelow(base), before);
  }
});

Deno.test("ended at any move it is finished later, and until then no broker starts on it", async () => {
  for (let at = 0; at < 19; at++) {
    await using folder = new TempFolder();
    const files = await brokerIn(folder);
    const base = `${folder.path}/midge`;
    const file = `${base}/config.yaml`;
    const bytes = await backupOf(file);
    folder.write("midge/passwords", "changed");
    const mover = moverThatFails(at, true);
    await assertRejects(() => restored(bytes, {}, { force: true, mover }), UserError);
    await assertRejects(() => loadConfig(file), UserError, "midge restore --resume --to");
    await assertRejects(() => restored(bytes, {}, { force: true }), UserError, "--resume");
    assert(await resume(base));
    await loadConfig(file);
    const found = withoutStore(await filesBelow(base));
    const present = Object.entries(found).filter(([name]) => !name.includes("before-restore-"));
    assertEquals(Object.fromEntries(present), {
      ...files,
      "README": "not of the broker",
      "data/management.json": "of a running one",
    });
    assertEquals((await stateOf(`${base}/data/store`)).sessions.size, 1);
    assertEquals(await resume(base), false);
  }
});

Deno.test("what a restore left that was ended before its plan was made is in no one's way", async () => {
  await using folder = new TempFolder();
  await brokerIn(folder);
  const base = `${folder.path}/midge`;
  const bytes = await backupOf(`${base}/config.yaml`);
  Deno.mkdirSync(`${base}/.midge-restore/new/base`, { recursive: true });
  folder.write("midge/.midge-restore/new/base/config.yaml", "half");
  await loadConfig(`${base}/config.yaml`);
  await restored(bytes, {}, { force: true });
  assertEquals(planPath(base), `${base}/.midge-restore/plan.json`);
  assertEquals([...Deno.readDirSync(base)].some(({ name }) => name === ".midge-restore"), false);
});
