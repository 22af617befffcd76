/**
 * `midge passwd`: what becomes of a password file.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { withoutUser, withUser } from "../../lib/access/passwords/user_lines.ts";
import { verifyPassword } from "../../lib/access/passwords/verifier.ts";
import { runMidge, TempFolder } from "../support/midge_process.ts";

async function verifies(hash: string, password: string): Promise<boolean> {
  return await verifyPassword(new TextEncoder().encode(password), hash);
}

Deno.test("makes the file for its owner alone, with an argon2id hash", async () => {
  await using folder = new TempFolder();
  const file = `${folder.path}/passwords`;
  const { code, stdout, stderr } = await runMidge(["passwd", file, "alice"], {
    stdin: "pass word\nnot this\n",
  });
  assertEquals([code, stderr, stdout], [0, [], [`${file}: set the password of alice`]]);
  const [, hash = ""] = /^alice:(\$argon2id\$.*)\n$/.exec(folder.read("passwords")) ?? [];
  assertEquals(await verifies(hash, "pass word"), true);
  assertEquals(await verifies(hash, "pass word\n"), false);
  if (Deno.build.os !== "windows") assertEquals(Deno.statSync(file).mode! & 0o777, 0o600);
  assertEquals([...Deno.readDirSync(folder.path)].length, 1);
});

Deno.test("changes and deletes one user, leaves everything else", async () => {
  await using folder = new TempFolder();
  const file = folder.write("p", "# users\r\n\nalice:old\nbob:$6$x\n alice:older\nno colon");
  const { code } = await runMidge(["passwd", file, "alice", "--hash", "sha512"], { stdin: "x" });
  assertEquals(code, 0);
  const [head, hash = "", tail] = folder.read("p").split(/^alice:(.*)$/m);
  assertEquals([head, tail], ["# users\r\n\n", "\nbob:$6$x\nno colon"]);
  assertMatch(hash, /^\$6\$/);
  assertEquals(await verifies(hash, "x"), true);
  const deleted = await runMidge(["passwd", "--delete", file, "alice"]);
  assertEquals(deleted.stdout, [`${file}: deleted alice`]);
  assertEquals(folder.read("p"), "# users\r\n\nbob:$6$x\nno colon");
});

Deno.test("writes through a link, so that the link stays one", async () => {
  await using folder = new TempFolder();
  folder.write("real", "bob:x\n");
  Deno.symlinkSync(`${folder.path}/real`, `${folder.path}/link`);
  await runMidge(["passwd", `${folder.path}/link`, "bob", "-D"]);
  assertEquals(folder.read("real"), "# no users\n");
  assertEquals(Deno.lstatSync(`${folder.path}/link`).isSymlink, true);
});

const REFUSED: [what: string, args: string[], stdin: string, code: number, line: RegExp][] = [
  [
    "an unknown user",
    ["bob", "--delete"],
    "",
    1,
    /: p: has no user "bob"; the file has the names, one a line$/,
  ],
  ["an empty password", ["bob"], "\n", 1, /an empty password; nothing was changed$/],
  [
    "an unknown hash",
    ["bob", "--hash", "md5"],
    "x",
    2,
    /--hash got "md5", expected argon2id, sha512, bcrypt/,
  ],
  ["a colon in the name", ["a:b"], "x", 2, /USER got "a:b", expected a name without colon/],
  ["a line end in the name", ["a\nb"], "x", 2, /USER got "a\\nb", expected a name without colon/],
  ["a name that would be a comment", ["#a"], "x", 2, /a line that starts with # is a comment/],
  ["a password on the command line", ["bob", "secret"], "", 2, /unexpected argument(?!.*secret)/],
  ["more than bcrypt reads", ["bob", "--hash", "bcrypt"], "x".repeat(73), 1, /1 to 72 bytes/],
];

for (const [what, args, stdin, code, line] of REFUSED) {
  Deno.test(`refuses ${what} and leaves the file alone`, async () => {
    await using folder = new TempFolder();
    const file = folder.write("p", "alice:x\n");
    const outcome = await runMidge(["passwd", file, ...args], { stdin });
    assertEquals([outcome.code, outcome.stdout, outcome.stderr.length], [code, [], 1]);
    assertMatch(outcome.stderr[0]!.replace(file, "p"), line);
    assertEquals(folder.read("p"), "alice:x\n");
  });
}

Deno.test("says which permission is missing, and leaves no draft", async () => {
  await using folder = new TempFolder();
  const file = folder.write("p", "alice:x\n");
  const { code, stderr } = await runMidge(["passwd", file, "alice", "-D"], {
    permissions: ["--allow-read"],
  });
  assertEquals([code, stderr], [1, [
    `midge: ${file}: may not be written; --allow-write is needed`,
  ]]);
  assertEquals([...Deno.readDirSync(folder.path)].length, 1);
});

Deno.test("lines: an empty file, no last line end, users that begin alike", () => {
  assertEquals(withUser("", "a", "h"), "a:h\n");
  assertEquals(withUser("b:x", "a", "h"), "b:x\na:h\n");
  assertEquals(withUser("ab:x\na:y\n", "a", "h"), "ab:x\na:h\n");
  assertEquals(withUser("#a:x\n", "a", "h"), "#a:x\na:h\n");
  assertEquals(withoutUser("ab:x\n", "a"), undefined);
  assertEquals(withoutUser("a:x", "a"), "");
});
