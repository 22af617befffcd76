/** `midge ctl user` and the broker that it asks, as processes, with the permissions of `deno task start`. */
import { assertEquals, assertMatch } from "@std/assert";
import { COMMANDS } from "../../../lib/cli/ctl/commands.ts";
import { MidgeProcess, type Outcome, runMidge, TempFolder } from "../../support/midge_process.ts";
import { RawClient } from "../../support/raw_client.ts";

const CONFIG = `
listeners: {default: {bind: "127.0.0.1:0"}}
plugins:
  auth_file: {password_file: data/users}
`;

const START_PERMISSIONS = [
  "--allow-net",
  "--allow-read",
  "--allow-sys=systemMemoryInfo",
  "--allow-write=data",
];

const KNOWN = Object.keys(COMMANDS).join(", ");
const HEAD = "# people\n";

/** A broker in a folder of its own, whose users stand in data/users. */
class Stage implements AsyncDisposable {
  readonly folder = new TempFolder();
  #midge: MidgeProcess | undefined;

  async start(config = CONFIG): Promise<this> {
    this.folder.write("c.yaml", config);
    const options = { cwd: this.folder.path, permissions: START_PERMISSIONS };
    this.#midge = await MidgeProcess.start(["-c", "c.yaml"], options);
    return this;
  }

  get midge(): MidgeProcess {
    return this.#midge!;
  }

  ctl(args: readonly string[], stdin?: string): Promise<Outcome> {
    const options = { cwd: this.folder.path, ...(stdin !== undefined && { stdin }) };
    return runMidge(["ctl", "-c", "c.yaml", ...args], options);
  }

  open(clientId: string, username: string, password: string): Promise<RawClient> {
    const address = { hostname: "127.0.0.1", port: this.midge.port };
    return RawClient.open(address, { clientId, username, password });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#midge?.[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

function done(...stdout: string[]): Outcome {
  return { code: 0, stdout, stderr: [] };
}

Deno.test("a user is added, logs in, gets another password, is removed and gone", async () => {
  await using stage = new Stage();
  Deno.mkdirSync(`${stage.folder.path}/data`);
  stage.folder.write("data/users", HEAD);
  Deno.chmodSync(`${stage.folder.path}/data/users`, 0o640);
  await stage.start();
  const added = await stage.ctl(["user", "add", "alice", "--password-stdin"], "first\nrest");
  assertEquals(added, done("auth_file: added alice"));
  assertMatch(stage.folder.read("data/users"), /^# people\nalice:\$argon2id\$[^\n]*\n$/);
  assertEquals(Deno.statSync(`${stage.folder.path}/data/users`).mode! & 0o777, 0o640);
  await using client = await stage.open("c1", "alice", "first");
  const changed = await stage.ctl(["user", "passwd", "alice"], "second");
  assertEquals(changed, done("auth_file: set the password of alice"));
  await using again = await stage.open("c2", "alice", "second");
  assertEquals((await stage.ctl(["user", "list"])).stdout.slice(1), [
    "alice                        auth_file        argon2id",
  ]);
  const removed = await stage.ctl(["user", "remove", "alice"]);
  assertEquals(removed, done("auth_file: removed alice; disconnected: 2"));
  await client.expectClosed();
  await again.expectClosed();
  assertEquals(stage.folder.read("data/users"), HEAD);
  assertEquals((await stage.ctl(["user", "list", "--json"])).stdout, []);
  await stage.midge.line(/management: user "alice" removed from auth_file; disconnected: 2/);
});

/** What a refused command printed. */
async function refusal(stage: Stage, args: readonly string[], stdin = "x\n"): Promise<string> {
  const { code, stdout, stderr } = await stage.ctl(args, stdin);
  assertEquals([stdout, stderr.length], [[], 1], stderr.join("\n"));
  return `${code} ${stderr[0]}`;
}

Deno.test("what cannot be done is one line, and changes nothing", async () => {
  await using stage = new Stage();
  Deno.mkdirSync(`${stage.folder.path}/data`);
  const text = "# people\nno colon\nbob:$6$salt$" + "a".repeat(86) + "\n";
  stage.folder.write("data/users", text);
  await stage.start();
  const file = `${stage.folder.path}/data/users`;
  const expected = [
    [["user", "add", "bob"], `1 midge: ${file}: has a user already: "bob"`],
    [
      ["user", "passwd", "eve"],
      `1 midge: ${file}: has no user "eve"; the file has the names, one a line`,
    ],
    [
      ["user", "remove", "eve"],
      `1 midge: ${file}: has no user "eve"; the file has the names, one a line`,
    ],
    [
      ["user", "add", "eve", "--source", "acl_file"],
      '1 midge: "acl_file" keeps no users; expected one of auth_file',
    ],
    [
      ["user", "add", "a:b"],
      '1 midge: username: got "a:b", expected a name without colon, outer space or line end',
    ],
    [
      ["user", "add", "a\nroot:x"],
      '1 midge: username: got "a\\nroot:x", expected a name without colon, outer space or line end',
    ],
    [["user", "add", "#a"], '1 midge: username: got "#a"; a line that starts with # is a comment'],
    [
      ["user", "add", "n".repeat(1025)],
      `1 midge: username: got "${"n".repeat(80)}...", expected at most 1024 bytes`,
    ],
    [
      ["user", "add", "eve", "geheim"],
      "2 midge: ctl: unexpected argument; a password is asked for, or --password-stdin; see midge ctl --help",
    ],
    [["user", "add"], "2 midge: ctl: user add: USER is missing; see midge ctl --help"],
    [
      ["user", "list", "--source", "x"],
      "2 midge: ctl: --source goes with user add, user passwd, user remove; see midge ctl --help",
    ],
    [
      ["user", "ad", "x"],
      `2 midge: ctl: unknown command "user ad"; did you mean user add? Known commands: ${KNOWN}; see midge ctl --help`,
    ],
  ] as const;
  for (const [args, line] of expected) assertEquals(await refusal(stage, args), line);
  assertEquals(
    await refusal(stage, ["user", "add", "eve"], "p".repeat(513)),
    "1 midge: a password for sha512 has 1 to 512 bytes, this one 513",
  );
  assertEquals(
    await refusal(stage, ["user", "add", "eve"], "\n"),
    "1 midge: an empty password; nothing was changed",
  );
  assertEquals(stage.folder.read("data/users"), text);
});

Deno.test("a file that may not be written: Deno's rights, a folder's, are said with what helps", async () => {
  await using stage = new Stage();
  stage.folder.write("users", HEAD);
  const { path } = stage.folder;
  await stage.start(CONFIG.replace("data/users", "users"));
  assertEquals(
    await refusal(stage, ["user", "add", "eve"]),
    `1 midge: ${path}/users: may not be written: this process has the right to write elsewhere only; ` +
      `start it with --allow-write=${path} too, or keep the file below its data folder`,
  );
  assertEquals(stage.folder.read("users"), HEAD);
});

Deno.test("without a plugin that keeps users: a sentence", async () => {
  await using stage = new Stage();
  await stage.start(CONFIG.replace("auth_file: {password_file: data/users}", "auth_anonymous:"));
  assertEquals(
    await refusal(stage, ["user", "add", "eve"]),
    "1 midge: no plugin here keeps users that can be changed while the broker runs; auth_file and " +
      "auth_scram do, with a password_file; midge help access tells how to set one up",
  );
});
