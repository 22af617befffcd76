/** Users that are changed while the broker runs: by hand at the same time, many at once, while one logs in. */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import type { BrokerOptions, Hooks } from "../../../mod.ts";
import { MOSQUITTO } from "../../access/passwords/vectors.ts";
import { ask } from "../../../lib/manage/client.ts";
import type { RowOf } from "../../../lib/manage/commands.ts";
import { UserError } from "../../../lib/user_error.ts";
import { ClockedBroker, testConfig } from "../../support/clocked_broker.ts";
import { inlinePlugin } from "../../support/inline_registry.ts";
import { TempFolder } from "../../support/midge_process.ts";
import { connect } from "../../support/raw_packets.ts";
import { Broker } from "../../../mod.ts";

/** mosquitto_passwd's kind is cheap to make. */
const ALICE = `alice:${MOSQUITTO[0]!.hash}`;

/** A broker whose users stand in a file. */
class Stage implements AsyncDisposable {
  readonly folder = new TempFolder();
  it!: ClockedBroker;

  async start(users: string, options: BrokerOptions = {}, ...hooks: Hooks[]): Promise<this> {
    const password_file = this.folder.write("users", users);
    const management = { path: `${this.folder.path}/m.sock` };
    const plugins = { auth_file: { password_file } };
    this.it = await ClockedBroker.start({ plugins, management, ...options }, ...hooks);
    return this;
  }

  ask(command: string, args: unknown = {}, onPart?: (part: unknown) => void): Promise<unknown> {
    return ask({ kind: "unix", path: `${this.folder.path}/m.sock` }, command, args, onPart);
  }

  add(username: string, password = "secret", more = {}): Promise<unknown> {
    return this.ask("user add", { username, password, ...more });
  }

  async users(): Promise<string[]> {
    const rows: RowOf<"user list">[] = [];
    await this.ask("user list", {}, (part) => rows.push(...part as RowOf<"user list">[]));
    return rows.map(({ username, source, hash }) => `${username} ${source} ${hash}`);
  }

  async refusal(command: string, args: unknown): Promise<string> {
    return (await assertRejects(() => this.ask(command, args), UserError)).message;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.it[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

Deno.test("a new hash is of the kind that all others are; comments and lines that are none stay", async () => {
  await using stage = await new Stage().start(`# people\n${ALICE}\nstray line\n`);
  assertEquals(await stage.add("bob"), {
    username: "bob",
    source: "auth_file",
    hash: "pbkdf2-sha512",
  });
  const [head, alice, stray, bob] = stage.folder.read("users").split("\n");
  assertEquals([head, alice, stray], ["# people", ALICE, "stray line"]);
  assertMatch(bob!, /^bob:\$7\$20000\$/);
  assertEquals(await stage.users(), [
    "alice auth_file pbkdf2-sha512",
    "bob auth_file pbkdf2-sha512",
  ]);
});

Deno.test("ten at once are ten; of two with one name one is refused", async () => {
  await using stage = await new Stage().start(`${ALICE}\n`);
  const names = Array.from({ length: 10 }, (_, index) => `user${index}`);
  await Promise.all(names.map((name) => stage.add(name)));
  assertEquals((await stage.users()).length, 11);
  const twice = await Promise.allSettled([stage.add("eve"), stage.add("eve")]);
  assertEquals(twice.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  assertEquals(stage.folder.read("users").match(/^eve:/gm)?.length, 1);
});

Deno.test("what another hand has written is seen before the broker looks, and stays", async () => {
  await using stage = await new Stage().start(`${ALICE}\n`);
  stage.folder.write("users", `${ALICE}\n${ALICE.replace("alice", "carol")}\n`);
  assertStringIncludes(
    await stage.refusal("user add", { username: "carol", password: "x" }),
    'has a user already: "carol"',
  );
  await stage.add("bob");
  assertEquals((await stage.users()).map((line) => line.split(" ")[0]), ["alice", "carol", "bob"]);
});

Deno.test("a file that another hand has made something else is left alone", async () => {
  await using stage = await new Stage().start(`${ALICE}\n`);
  const text = "listeners:\n  default: x\n";
  stage.folder.write("users", text);
  assertStringIncludes(
    await stage.refusal("user add", { username: "bob", password: "x" }),
    "so this is no password file; nothing was changed",
  );
  assertEquals(stage.folder.read("users"), text);
  assertEquals(await stage.users(), ["alice auth_file pbkdf2-sha512"]);
});

Deno.test("a removed user has no connection left, and the last one leaves a file that says so", async () => {
  await using stage = await new Stage().start(`${ALICE}\n`);
  const { password } = MOSQUITTO[0]!;
  const alice = await stage.it.open("a", { username: "alice", password });
  const other = await stage.it.open("b");
  assertEquals(await stage.ask("user remove", { username: "alice" }), {
    username: "alice",
    source: "auth_file",
    disconnected: 1,
  });
  await alice.raw.expectClosed();
  await other.raw.expectNothing();
  assertEquals(stage.folder.read("users"), "# no users\n");
  assertEquals(await stage.users(), []);
});

Deno.test("a login that is under way when its user is removed does not come in", async () => {
  const answer = Promise.withResolvers<"allow">();
  const slow = inlinePlugin({ authenticate: () => answer.promise });
  await using stage = new Stage();
  const password_file = stage.folder.write("users", `${ALICE}\n`);
  await stage.start(`${ALICE}\n`, {
    plugins: { [slow]: null, auth_file: { password_file }, auth_anonymous: null },
  });
  const client = await stage.it.dial();
  await client.send(connect({ clientId: "a", username: "alice", password: "x" }));
  let disconnected = 0;
  await stage.ask("ping");
  const removed = await stage.ask("user remove", { username: "alice" }) as { disconnected: number };
  disconnected += removed.disconnected;
  answer.resolve("allow");
  assertEquals(disconnected, 1);
  await client.expectClosed();
});

Deno.test("several plugins that keep users: which one is said, or found", async () => {
  const kept = new Set(["alice", "zoe"]);
  const store = {
    list: () => [...kept].map((username) => ({ username, hash: undefined })),
    put: ({ username }: { username: string }) => (kept.add(username), { username, hash: "x" }),
    remove: ({ username }: { username: string }) => void kept.delete(username),
  };
  await using stage = await new Stage().start(`${ALICE}\n`, {}, { users: store });
  const [name] = (await stage.users()).filter((line) => line.startsWith("zoe"));
  const source = name!.split(" ")[1]!;
  const password = "secret";
  assertEquals(
    await stage.refusal("user add", { username: "bob", password }),
    `several plugins keep users; expected one of auth_file, ${source}`,
  );
  assertEquals(await stage.add("bob", password, { source }), {
    username: "bob",
    source,
    hash: "x",
  });
  await stage.ask("user passwd", { username: "zoe", password });
  assertEquals(
    await stage.refusal("user remove", { username: "alice" }),
    `several plugins know "alice"; expected one of auth_file, ${source}`,
  );
  assertEquals(
    await stage.refusal("user remove", { username: "eve" }),
    `no user "eve": auth_file, ${source} do not know it`,
  );
  await stage.ask("user remove", { username: "alice", source });
  assertEquals([...kept], ["zoe", "bob"]);
});

Deno.test("users of auth_scram: both mechanisms, and gone", async () => {
  await using stage = new Stage();
  const password_file = stage.folder.write("scram", "# none yet\n");
  await stage.start(`${ALICE}\n`, { plugins: { auth_scram: { password_file } } });
  await stage.add("Ünal", "geheim");
  assertEquals(await stage.users(), ["Ünal auth_scram SCRAM-SHA-256, SCRAM-SHA-512"]);
  assertEquals(stage.folder.read("scram").match(/^Ünal:SCRAM-SHA-/gm)?.length, 2);
  assertMatch(
    stage.folder.read("scram"),
    /^# key of the salts of unknown users: \S+\n# none yet\n/,
  );
  await stage.ask("user remove", { username: "Ünal" });
  assertEquals(await stage.users(), []);
});

Deno.test("hostile names and passwords are refused, and reach neither file nor log", async () => {
  await using stage = await new Stage().start(`${ALICE}\n`);
  const password = "geheim-geheim";
  for (
    const username of [
      "",
      " a",
      "a\n",
      "a:b",
      "#a",
      "a\u0000",
      "a\u009b2J",
      "\ud800",
      "n".repeat(2000),
    ]
  ) {
    assertStringIncludes(await stage.refusal("user add", { username, password }), "username: got ");
  }
  for (const wrong of ["", "p".repeat(1025), "\udfff"]) {
    await stage.refusal("user add", { username: "bob", password: wrong });
  }
  await stage.add("bob", password);
  assertEquals(stage.it.log.filter((line) => line.includes(password)), []);
  assertEquals(stage.folder.read("users").split("\n").length, 3);
});

Deno.test("a hook that is no object of methods is refused at the start, with what was expected", async () => {
  const plugins = {
    [inlinePlugin({ users: { list: 1, putt: () => {} } } as unknown as Hooks)]: null,
  };
  const { problems } = await assertRejects(() => Broker.check(testConfig({ plugins })), UserError);
  assertEquals(problems.map((line: string) => line.split(": hook ")[1]), [
    "users: unknown method putt; did you mean put? Known methods: list, put, remove",
    "users: list is not a function",
    "users: put is not a function",
    "users: remove is not a function",
  ]);
});
