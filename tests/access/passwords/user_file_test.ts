/** The file that `midge passwd` changes: whose it stays, what is refused, many changes at once. */
import { assertEquals, assertRejects } from "@std/assert";
import { changePasswordFile, readPasswordFile } from "../../../lib/access/passwords/user_file.ts";
import { foreignLine, withUser } from "../../../lib/access/passwords/user_lines.ts";
import { UserError } from "../../../lib/user_error.ts";
import { TempFolder } from "../../support/midge_process.ts";

const isUnix = Deno.build.os !== "windows";
const isRoot = isUnix && Deno.uid() === 0;
/** Someone who is not root, on any system. */
const OTHER = 65_534;

const addBob = (text: string) => withUser(text, "bob", "hash");

/** Owner, group and mode. */
function standing(path: string): [uid: number | null, gid: number | null, mode: number] {
  const { uid, gid, mode } = Deno.statSync(path);
  return [uid, gid, (mode ?? 0) & 0o7777];
}

Deno.test({
  name: "the mode stays",
  ignore: !isUnix,
  async fn() {
    await using folder = new TempFolder();
    const file = folder.write("p", "alice:x\n");
    Deno.chmodSync(file, 0o640);
    await changePasswordFile(file, addBob);
    assertEquals(standing(file)[2], 0o640);
    assertEquals(folder.read("p"), "alice:x\nbob:hash\n");
  },
});

Deno.test({
  name: "owner and group stay; a new file belongs to the owner of its folder (needs root)",
  ignore: !isRoot,
  async fn() {
    await using folder = new TempFolder();
    const file = folder.write("p", "alice:x\n");
    Deno.chmodSync(file, 0o440);
    Deno.chownSync(file, OTHER, 4711);
    await changePasswordFile(file, addBob);
    assertEquals(standing(file), [OTHER, 4711, 0o440]);
    Deno.chownSync(folder.path, OTHER, OTHER);
    await changePasswordFile(`${folder.path}/new`, addBob);
    assertEquals(standing(`${folder.path}/new`), [OTHER, OTHER, 0o600]);
  },
});

Deno.test("twenty changes at once: each is there", async () => {
  await using folder = new TempFolder();
  const file = `${folder.path}/p`;
  const users = Array.from({ length: 20 }, (_, index) => `user${index}`);
  await Promise.all(users.map((user) => {
    return changePasswordFile(file, (text) => withUser(text, user, "hash"));
  }));
  assertEquals(folder.read("p").split("\n").sort(), [
    "",
    ...users.map((user) => `${user}:hash`).sort(),
  ]);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["p"]);
});

Deno.test("a change that is refused frees the lock and leaves no draft", async () => {
  await using folder = new TempFolder();
  const file = folder.write("p", "alice:x\n");
  const refuse = () => {
    throw new UserError("no");
  };
  await assertRejects(() => changePasswordFile(file, refuse), UserError, "no");
  await changePasswordFile(file, addBob);
  assertEquals([...Deno.readDirSync(folder.path)].length, 1);
});

Deno.test("a folder that is not there, a disk that takes nothing, are said in words", async () => {
  await using folder = new TempFolder();
  const inNowhere = `${folder.path}/no/p`;
  await assertRejects(
    () => changePasswordFile(inNowhere, addBob),
    UserError,
    `${inNowhere}: cannot be written: its folder is not there`,
  );
  await assertRejects(() => readPasswordFile(folder.path), UserError, "is a folder");
  if (isUnix) await assertRejects(() => readPasswordFile("/dev/null"), UserError, "is a device");
});

Deno.test("a byte order mark stays, and what is no text is refused", async () => {
  await using folder = new TempFolder();
  const file = folder.write("p", "\ufeff# users\nalice:x\n");
  await changePasswordFile(file, addBob);
  assertEquals(folder.read("p"), "\ufeff# users\nalice:x\nbob:hash\n");
  Deno.writeFileSync(file, Uint8Array.of(0x61, 0x3a, 0xff));
  await assertRejects(() => changePasswordFile(file, addBob), UserError, "is not UTF-8 text");
});

const HASH = "$6$salt$" + "a".repeat(86);
const FOREIGN: [what: string, text: string, line: number | undefined][] = [
  ["nothing", "", undefined],
  ["comments", "# users\n\n", undefined],
  ["users", `alice:${HASH}\nbob:x\n`, undefined],
  ["a line without a colon among users", "alice:x\nno colon\n", undefined],
  ["a blank before a hash that can be read", `alice: ${HASH}\n`, undefined],
  ["a configuration", "# midge\nlisteners:\n  default:\n    bind: 0.0.0.0:1883\n", 2],
  ["a configuration with a URL", "x:y\nserver: 127.0.0.1\n", 2],
  ["JSON", `{\n  "alice": "x"\n}\n`, 2],
  ["rules", "{allow, all}.\n", 1],
  ["a key", "-----BEGIN PRIVATE KEY-----\nMIIE\n", 1],
  ["/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n", 1],
  ["/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n", 2],
];

for (const [what, text, line] of FOREIGN) {
  Deno.test(`${what}: ${line === undefined ? "may be" : "is no"} password file`, () => {
    assertEquals(foreignLine(text), line);
  });
}

Deno.test("the repository's own files are no password files", async () => {
  for (const name of ["config.yaml", "README.md", "deno.json", "docs/SERVICE.md"]) {
    const file = new URL(`../../../${name}`, import.meta.url).pathname;
    await assertRejects(() => readPasswordFile(file), UserError, "this is no password file");
  }
});
