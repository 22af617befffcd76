/** auth_file: lines of a file, logins against them, and a file that changes. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { Hooks } from "../../mod.ts";
import authFile from "../../plugins/auth_file.ts";
import { ARGON2, BCRYPT, MOSQUITTO, SHA512_CRYPT } from "../access/passwords/vectors.ts";
import { type HarnessOptions, login, PluginHarness } from "../support/plugin_harness.ts";

const FAST = MOSQUITTO[0]!;
const OTHER = MOSQUITTO[1]!;
const PASSWORD = FAST.password;
const WRONG = { result: "deny", because: "wrong password" };

/** A plugin with a password file of its own. */
class Fixture implements AsyncDisposable {
  readonly harness: PluginHarness;
  readonly directory: string;
  hooks: Hooks = {};

  private constructor(directory: string, options: HarnessOptions) {
    this.directory = directory;
    this.harness = new PluginHarness({ ...options, directory });
  }

  static async create(content: string, options: HarnessOptions = {}): Promise<Fixture> {
    const fixture = new Fixture(await Deno.makeTempDir(), options);
    await fixture.write(content);
    fixture.hooks = await fixture.harness.setUp(authFile, { password_file: "users" });
    return fixture;
  }

  get path(): string {
    return `${this.directory}/users`;
  }

  /** Replaces the file, as editors and `midge passwd` do. */
  async write(content: string | Uint8Array): Promise<void> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(`${this.path}.new`, bytes);
    await Deno.rename(`${this.path}.new`, this.path);
  }

  /** Lets the next look at the file happen and waits for its end: the next line in the log. */
  async look(): Promise<void> {
    const lines = this.harness.lines.length;
    this.harness.advance(2000);
    const deadline = Date.now() + 5000;
    while (this.harness.lines.length === lines && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert(this.harness.lines.length > lines, "nothing was logged");
  }

  async login(username?: string, password?: string): Promise<unknown> {
    return await this.hooks.authenticate?.(login(username, password));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hooks.dispose?.();
    await Deno.remove(this.directory, { recursive: true });
  }
}

Deno.test("auth_file: right and wrong passwords for every kind of hash", async (t) => {
  const vectors = [SHA512_CRYPT[1]!, BCRYPT[0]!, ARGON2[2]!, FAST, OTHER];
  const lines = vectors.map(({ hash }, index) => `user${index}:${hash}\n`);
  await using fixture = await Fixture.create(lines.join(""));
  for (const [index, { name, password }] of vectors.entries()) {
    await t.step(name, async () => {
      assertEquals(await fixture.login(`user${index}`, password), "allow");
      assertEquals(await fixture.login(`user${index}`, password + "x"), WRONG);
      assertEquals(await fixture.login(`user${index}`, ""), WRONG);
    });
  }
});

Deno.test("auth_file: no answer about users who are not in the file", async () => {
  await using fixture = await Fixture.create(`alice:${FAST.hash}\n`);
  assertEquals(await fixture.login("bob", PASSWORD), undefined);
  assertEquals(await fixture.login("bob", undefined), undefined);
  assertEquals(await fixture.login("Alice", PASSWORD), undefined);
  assertEquals(await fixture.login("constructor", PASSWORD), undefined);
  assertEquals(await fixture.login(undefined, PASSWORD), undefined);
  assertEquals(await fixture.login("", PASSWORD), undefined);
  assertEquals(await fixture.login("alice", undefined), { result: "deny", because: "no password" });
});

Deno.test("auth_file: an unknown user is never let in by a password that somebody has", async () => {
  for (const { password, hash } of [SHA512_CRYPT[4]!, BCRYPT[0]!, ARGON2[2]!, FAST, OTHER]) {
    await using fixture = await Fixture.create(`alice:${hash}\n`);
    assertEquals(await fixture.login("nobody", password), undefined);
    assertEquals(await fixture.login("alice", password), "allow");
  }
});

Deno.test("auth_file: comments, blank lines, spaces, CRLF and a byte order mark", async () => {
  const text =
    `\ufeff# users\r\n\r\n   \n  alice:${FAST.hash}  \r\nbob : ${FAST.hash}\n#carol:x\n` +
    `with space:${FAST.hash}`;
  await using fixture = await Fixture.create(text);
  assertEquals(await fixture.login("alice", PASSWORD), "allow");
  assertEquals(await fixture.login("bob ", PASSWORD), "allow", "a name is taken as it is written");
  assertEquals(await fixture.login("bob", PASSWORD), undefined);
  assertEquals(await fixture.login("with space", PASSWORD), "allow");
  assertEquals(fixture.harness.lines, []);
});

Deno.test("auth_file: a hash that takes over a second here is not used, and the time is told", async () => {
  const costly = BCRYPT[0]!.hash.replace("$04$", "$16$");
  await using fixture = await Fixture.create(`alice:${FAST.hash}\nbob:${costly}\n`);
  const [line] = fixture.harness.messages("warning");
  assertMatch(line ?? "", /line 2 is not used: bob: bcrypt with cost 16 takes \d+\.\d s a login/);
  assertEquals(await fixture.login("bob", BCRYPT[0]!.password), undefined);
  assertEquals(await fixture.login("alice", PASSWORD), "allow");
  await assertRejects(() => Fixture.create(`bob:${costly}\n`), Error, "takes");
});

Deno.test("auth_file: unusable lines are reported by number, without what they hold", async () => {
  const slow = SHA512_CRYPT[1]!.hash.replace("10000", "656000");
  const text = [
    `alice:${FAST.hash}`,
    "no colon here",
    "bob:plaintext",
    ":nobody",
    `alice:${OTHER.hash}`,
    `carol:${slow}`,
    "dave:",
  ].join("\n");
  await using fixture = await Fixture.create(text);
  const lines = fixture.harness.messages("warning").map((line) => line.slice(fixture.path.length));
  assertEquals(lines.map((line) => line.replace(/: expected \$6.*/, "")), [
    ": line 2 is not used: expected user:hash",
    ": line 3 is not used: not a password hash",
    ": line 4 is not used: expected user:hash",
    ": line 5: alice again; this line counts",
    ": line 6: carol: slow to check: sha512-crypt rounds 656000; below 300000 is fine",
    ": line 7 is not used: not a password hash",
  ]);
  assert(!fixture.harness.messages("warning").join().includes("plaintext"));
  assertEquals(await fixture.login("alice", OTHER.password), "allow");
});

Deno.test("auth_file: an empty file is a file without users", async () => {
  await using fixture = await Fixture.create("# nobody yet\n");
  assertEquals(await fixture.login("alice", "x"), undefined);
  assertEquals(fixture.harness.lines, []);
});

Deno.test("auth_file: a changed file is read again", async () => {
  await using fixture = await Fixture.create(`alice:${FAST.hash}\n`);
  await fixture.write(`bob:${FAST.hash}\n`);
  await fixture.look();
  assertEquals(fixture.harness.lines, [{
    level: "info",
    message: `${fixture.path} has changed`,
    properties: { users: 1 },
  }]);
  assertEquals(await fixture.login("alice", PASSWORD), undefined);
  assertEquals(await fixture.login("bob", PASSWORD), "allow");
});

Deno.test("auth_file: a reload reads a changed file at once", async () => {
  await using fixture = await Fixture.create("# nobody yet\n");
  await fixture.write(`alice:${FAST.hash}\n`);
  await fixture.hooks.brokerReloading?.({});
  assertEquals(await fixture.login("alice", PASSWORD), "allow");
});

Deno.test("auth_file: a remembered login ends when the hash in the file changes", async () => {
  const [before, after] = [SHA512_CRYPT[4]!, SHA512_CRYPT[3]!];
  await using fixture = await Fixture.create(`alice:${before.hash}\n`);
  assertEquals(await fixture.login("alice", before.password), "allow");
  await fixture.write(`alice:${after.hash}\n`);
  await fixture.look();
  assertEquals(await fixture.login("alice", before.password), WRONG);
  assertEquals(await fixture.login("alice", after.password), "allow");
});

Deno.test("auth_file: what cannot be used keeps the last good file, and is said once", async () => {
  await using fixture = await Fixture.create(`alice:${FAST.hash}\n`);
  const bad: (() => Promise<void>)[] = [
    () => fixture.write("alice:plaintext\n"),
    () => fixture.write(new Uint8Array([0x61, 0x3a, 0xff, 0xfe])),
    () => Deno.remove(fixture.path),
  ];
  for (const [index, spoil] of bad.entries()) {
    await spoil();
    await fixture.look();
    assertEquals(fixture.harness.messages("error").length, index + 1);
    assertEquals(await fixture.login("alice", PASSWORD), "allow");
  }
  const [unusable, binary, missing] = fixture.harness.messages("error");
  assert(unusable?.includes("line 1 is not used"), unusable);
  assert(binary?.includes("it is not UTF-8 text"), binary);
  assert(missing?.includes("os error"), missing);
  await fixture.write(`bob:${FAST.hash}\n`);
  await fixture.look();
  assertEquals(await fixture.login("bob", PASSWORD), "allow");
});

Deno.test("auth_file: dispose ends the timer", async () => {
  const fixture = await Fixture.create("# nobody yet\n");
  assertEquals(fixture.harness.timerCount, 1);
  await fixture[Symbol.asyncDispose]();
  assertEquals(fixture.harness.timerCount, 0);
});

Deno.test("auth_file: no file can be meant, not forgotten", async () => {
  const harness = new PluginHarness();
  const hooks = await harness.setUp(authFile, { password_file: null });
  assertEquals(await hooks.authenticate?.(login("alice", "x")), undefined);
  assertEquals(harness.messages("warning"), ["there is no password_file, so no user is known"]);
  await assertRejects(
    () => new PluginHarness().setUp(authFile, {}),
    Error,
    "plugins.auth_file.password_file: missing; this option must be given",
  );
});

Deno.test("auth_file: a file that cannot be used is an error at start", async () => {
  await assertRejects(
    () => new PluginHarness().setUp(authFile, { password_file: "missing" }),
    Error,
    'password_file: got "missing", expected a file of user:hash lines (No such file or directory',
  );
  await assertRejects(() => Fixture.create("alice:plain\n"), Error, "line 1 is not used: not a");
  for (const nothing of ["", "\n", "\ufeff", " \r\n\t"]) {
    await assertRejects(() => Fixture.create(nothing), Error, "it is empty; ");
  }
});

Deno.test("auth_file: a file that was emptied keeps the users before it; a comment lets them go", async () => {
  await using fixture = await Fixture.create(`alice:${FAST.hash}\n`);
  await fixture.write("");
  await fixture.look();
  assert(fixture.harness.messages("error")[0]?.includes("it is empty"));
  assertEquals((await fixture.hooks.brokerReloading!({}))?.length, 1);
  assertEquals(await fixture.login("alice", PASSWORD), "allow");
  await fixture.write("# no users\n");
  assertEquals(await fixture.hooks.brokerReloading!({}), []);
  assertEquals(await fixture.login("alice", PASSWORD), undefined);
});
