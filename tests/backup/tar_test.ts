/** Tar files: what is written another tar reads, what another writes is read, and what is dangerous is refused. */
import { assertEquals, assertRejects } from "@std/assert";
import { ByteSource } from "../../lib/backup/byte_source.ts";
import { TarReader } from "../../lib/backup/tar_reader.ts";
import { encodeHeader, type TarEntry } from "../../lib/backup/tar.ts";
import { joined } from "../../lib/io.ts";
import { UserError } from "../../lib/user_error.ts";
import { TempFolder } from "../support/midge_process.ts";
import { tarOf } from "./support.ts";

/** All entries with their contents. */
async function read(bytes: Uint8Array<ArrayBuffer>): Promise<[TarEntry, string][]> {
  const reader = new TarReader(new ByteSource(new Blob([bytes]).stream()));
  const found: [TarEntry, string][] = [];
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    const parts = await Array.fromAsync(reader.content(), (piece) => piece.slice());
    found.push([entry, await new Blob(parts).text()]);
  }
  return found;
}

async function tar(args: string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("tar", { args, cwd }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

const LONG = `base/${"folder/".repeat(30)}file`;

Deno.test("what is written reads back: long names, large ids, empty files, folders", async () => {
  const entries = [
    [{ name: "base", kind: "folder", mode: 0o755 }, ""],
    [{ name: "base/a", uid: 1000, gid: 4_000_000_000 }, "x".repeat(512)],
    [{ name: LONG }, "y".repeat(513)],
    [{ name: "base/é \n=", mtime: 1_700_000_000 }, ""],
  ] as const;
  const found = await read(tarOf(entries));
  assertEquals(found.map(([{ name }]) => name), entries.map(([{ name }]) => name));
  assertEquals(found.map(([, text]) => text), entries.map(([, text]) => text));
  assertEquals(found.map(([{ kind }]) => kind), ["folder", "file", "file", "file"]);
  assertEquals([found[1]![0].uid, found[1]![0].gid], [1000, 4_000_000_000]);
  assertEquals(found[3]![0].mtime, 1_700_000_000);
});

Deno.test("another tar unpacks what is written", async () => {
  await using folder = new TempFolder();
  Deno.writeFileSync(
    `${folder.path}/x.tar`,
    tarOf([[{ name: "base/a" }, "one"], [{ name: LONG }, "two"]]),
  );
  await tar(["xf", "x.tar"], folder.path);
  assertEquals([folder.read("base/a"), folder.read(LONG)], ["one", "two"]);
});

Deno.test("what another tar has written is read", async () => {
  await using folder = new TempFolder();
  Deno.mkdirSync(`${folder.path}/base`);
  folder.write("base/a", "one");
  folder.write(`base/${"b".repeat(120)}`, "two");
  await tar(["--format=pax", "--sort=name", "-cf", "x.tar", "base"], folder.path);
  const found = await read(Deno.readFileSync(`${folder.path}/x.tar`));
  assertEquals(found.map(([{ name }, text]) => [name, text]), [
    ["base", ""],
    ["base/a", "one"],
    [`base/${"b".repeat(120)}`, "two"],
  ]);
});

for (
  const [what, make, said] of [
    ["a symbolic link", ["-s", "/etc/passwd", "evil"], 'has a symbolic link in it ("evil")'],
    ["a hard link", ["first", "evil"], 'has a link in it ("first")'],
  ] as const
) {
  Deno.test(`${what} is refused`, async () => {
    await using folder = new TempFolder();
    folder.write("first", "");
    await new Deno.Command("ln", { args: [...make], cwd: folder.path }).output();
    await tar(["-cf", "x.tar", "evil", "first"], folder.path);
    await assertRejects(() => read(Deno.readFileSync(`${folder.path}/x.tar`)), UserError, said);
  });
}

Deno.test("a size below zero is refused", async () => {
  const bytes = joined([paxBlocks("size=-1000"), paxBlocks("path=x"), new Uint8Array(1024)]);
  await assertRejects(() => read(bytes), UserError, "a size is no number");
});

/** The blocks of a pax header with one record of less than a hundred bytes. */
function paxBlocks(record: string): Uint8Array {
  const text = `${record.length + 4} ${record}\n`;
  const standing = { mode: 0o600, uid: 0, gid: 0, mtime: 0 };
  const header = encodeHeader({ kind: "file", name: "pax", size: text.length, ...standing });
  header[156] = "x".charCodeAt(0);
  header.fill(0x20, 148, 156);
  const sum = header.reduce((all, byte) => all + byte, 0).toString(8).padStart(6, "0");
  header.set(new TextEncoder().encode(`${sum}\0 `), 148);
  const content = new Uint8Array(512);
  content.set(new TextEncoder().encode(text));
  return joined([header, content]);
}

Deno.test("a pipe is refused", async () => {
  await using folder = new TempFolder();
  await new Deno.Command("mkfifo", { args: ["p"], cwd: folder.path }).output();
  await tar(["-cf", "x.tar", "p"], folder.path);
  await assertRejects(
    () => read(Deno.readFileSync(`${folder.path}/x.tar`)),
    UserError,
    "has a pipe",
  );
});

Deno.test("cut at any place it is an error, and never half of it", async () => {
  const whole = tarOf([[{ name: "base/a" }, "one"], [{ name: LONG }, "z".repeat(700)]]);
  for (let length = 0; length < whole.length - 1024; length += 97) {
    await assertRejects(() => read(whole.slice(0, length)), UserError, "is cut short");
  }
});

Deno.test("a flipped bit of a header is an error", async () => {
  const whole = tarOf([[{ name: "base/a" }, "one"]]);
  for (const at of [0, 101, 125, 140, 156, 260, 300]) {
    const bytes = whole.slice();
    bytes[at]! ^= 1;
    await assertRejects(() => read(bytes), UserError, "is damaged");
  }
});

Deno.test("what stands behind the end is an error", async () => {
  const whole = tarOf([[{ name: "base/a" }, "one"]]);
  await assertRejects(() => read(new Uint8Array([...whole, 1])), UserError, "behind its end");
  await assertRejects(
    () => read(new Uint8Array([...whole, ...new Uint8Array(2 << 20)])),
    UserError,
    "behind its end",
  );
});
