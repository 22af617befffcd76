/** `midge passwd --scram`: what becomes of a file of auth_scram. */
import { assertEquals, assertMatch } from "@std/assert";
import { isScramProof, parseScramSecret } from "../../lib/access/passwords/scram.ts";
import { parseUsers } from "../../plugins/auth_scram/users.ts";
import { ScramClient } from "../support/scram_client.ts";
import { decodeBase64, encodeBase64 } from "../../lib/encoding.ts";
import { runMidge, TempFolder } from "../support/midge_process.ts";

/** Does the password prove itself with what a line holds? */
async function fits(line: string, password: string): Promise<boolean> {
  const secret = parseScramSecret(line.slice(line.indexOf(":") + 1));
  const client = new ScramClient(secret.mechanism, "u", password);
  const serverFirst = `r=abc123x,s=${encodeBase64(secret.salt)},i=${secret.iterations}`;
  const [withoutProof = "", proof = ""] = (await client.final(serverFirst)).split(",p=");
  const message = `n=u,r=abc123,${serverFirst},${withoutProof}`;
  return isScramProof(secret, message, decodeBase64(proof));
}

function usersOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

Deno.test("--scram makes a file with a key and a secret for each mechanism", async () => {
  await using folder = new TempFolder();
  const file = `${folder.path}/scram`;
  const outcome = await runMidge(["passwd", "--scram", file, "alice"], { stdin: "pass word\n" });
  const said = `${file}: set the password of alice for SCRAM-SHA-256 and SCRAM-SHA-512`;
  assertEquals([outcome.code, outcome.stderr, outcome.stdout], [0, [], [said]]);
  const text = folder.read("scram");
  const lines = usersOf(text);
  const mechanisms = ["SCRAM-SHA-256", "SCRAM-SHA-512"];
  assertEquals(lines.map((line) => line.split(/[:$]/)[1]), mechanisms);
  for (const line of lines) {
    assertEquals([await fits(line, "pass word"), await fits(line, "pass word ")], [true, false]);
  }
  assertEquals(parseUsers(text).decoyKey?.length, 32);
  if (Deno.build.os !== "windows") assertEquals(Deno.statSync(file).mode! & 0o777, 0o600);
});

Deno.test("--scram=sha256 leaves no other secret of the user, and other users alone", async () => {
  await using folder = new TempFolder();
  const file = `${folder.path}/scram`;
  const args = ["passwd", "--scram", "--iterations", "4096", file];
  await runMidge([...args, "alice"], { stdin: "old" });
  await runMidge([...args, "bob"], { stdin: "other" });
  const before = usersOf(folder.read("scram"));
  const key = parseUsers(folder.read("scram")).decoyKey;
  const changed = await runMidge(
    ["passwd", "--scram=sha256", file, "alice", "--iterations=5000"],
    { stdin: "new" },
  );
  assertEquals(changed.code, 0);
  const [alice = "", ...bob] = usersOf(folder.read("scram"));
  assertMatch(alice, /^alice:SCRAM-SHA-256\$5000:/);
  assertEquals([await fits(alice, "new"), bob], [true, before.slice(2)]);
  assertEquals(parseUsers(folder.read("scram")).decoyKey, key);
  const deleted = await runMidge(["passwd", "--scram", "-D", file, "bob"]);
  assertEquals([deleted.stdout, usersOf(folder.read("scram"))], [[`${file}: deleted bob`], [
    alice,
  ]]);
});

Deno.test("a name is written as SASLprep prepares it", async () => {
  await using folder = new TempFolder();
  const file = `${folder.path}/scram`;
  await runMidge(["passwd", "--scram=sha512", file, "I\u00adX", "--iterations=4096"], {
    stdin: "x",
  });
  assertMatch(usersOf(folder.read("scram")).join(), /^IX:SCRAM-SHA-512\$4096:/);
});

const REFUSED: [what: string, args: string[], stdin: string, code: number, line: RegExp][] = [
  ["a file of auth_file", ["--scram", "bob"], "x", 1, /line 1 is no USER:SCRAM-SHA-256\$ITER/],
  ["an unknown mechanism", ["--scram=sha1", "bob"], "x", 2, /got "sha1", expected both, sha256/],
  ["few iterations", ["--scram", "bob", "--iterations", "4095"], "x", 2, /expected 4096 to/],
  ["--hash beside it", ["--scram", "bob", "--hash", "bcrypt"], "x", 2, /do not go together/],
  ["--iterations alone", ["bob", "--iterations", "5000"], "x", 2, /belongs to --scram/],
  ["a control character", ["--scram", "b\u0085b"], "x", 2, /that SASLprep \(RFC 4013\) allows/],
];

for (const [what, args, stdin, code, line] of REFUSED) {
  Deno.test(`--scram refuses ${what} and leaves the file alone`, async () => {
    await using folder = new TempFolder();
    const file = folder.write("p", "alice:$6$x\n");
    const outcome = await runMidge(["passwd", file, ...args], { stdin });
    assertEquals([outcome.code, outcome.stdout, outcome.stderr.length], [code, [], 1]);
    assertMatch(outcome.stderr[0]!, line);
    assertEquals(folder.read("p"), "alice:$6$x\n");
  });
}

Deno.test("--scram refuses a password that is no text, or that SASLprep does not allow", async () => {
  await using folder = new TempFolder();
  for (const [stdin, line] of [["a\u0007b", /SASLprep/], ["\u00ad", /is empty/]] as const) {
    const outcome = await runMidge(["passwd", "--scram", `${folder.path}/p`, "bob"], { stdin });
    assertEquals([outcome.code, outcome.stderr.length], [1, 1]);
    assertMatch(outcome.stderr[0]!, line);
  }
  assertEquals([...Deno.readDirSync(folder.path)], []);
});

Deno.test("without --scram a file of auth_scram is left alone", async () => {
  await using folder = new TempFolder();
  const file = `${folder.path}/p`;
  await runMidge(["passwd", "--scram", "--iterations=4096", file, "alice"], { stdin: "x" });
  const before = folder.read("p");
  const outcome = await runMidge(["passwd", file, "alice"], { stdin: "x" });
  assertEquals([outcome.code, folder.read("p")], [1, before]);
  assertMatch(outcome.stderr[0]!, /line 2 is no user:hash/);
});

Deno.test("midge check knows auth_scram, its file and its users", async () => {
  await using folder = new TempFolder();
  const config = folder.write("c.yaml", "plugins: {auth_scram: {password_file: p}}\n");
  const missing = await runMidge(["check", "--config", config]);
  assertEquals(missing.code, 1);
  assertMatch(missing.stderr.join(), /plugins.auth_scram: password_file: got "p", expected a file/);
  folder.write("p", "# no users\n");
  const empty = await runMidge(["check", "--config", config]);
  assertMatch([...empty.stdout, ...empty.stderr].join(), /auth_scram: .*\/p has no user/);
  const args = ["passwd", "--scram", "--iterations=4096", `${folder.path}/p`, "a"];
  await runMidge(args, { stdin: "x" });
  const found = await runMidge(["check", "--config", config]);
  assertEquals([found.code, found.stdout.at(-1)], [0, `${config}: fine`]);
});
