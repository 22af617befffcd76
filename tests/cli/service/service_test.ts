/** `midge service` below a root folder of a test: what it writes, prints and refuses. */
import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { install } from "../../../lib/cli/service/install.ts";
import { Machine } from "../../../lib/cli/service/machine.ts";
import { checkGiven, SERVICE_OPTIONS } from "../../../lib/cli/service/options.ts";
import { planOf } from "../../../lib/cli/service/plan.ts";
import { statusOf } from "../../../lib/cli/service/status.ts";
import { enabledLink, uninstall } from "../../../lib/cli/service/uninstall.ts";
import { UNIT_MARK } from "../../../lib/cli/service/unit.ts";
import { readOptions } from "../../../lib/cli/options.ts";
import { UsageError } from "../../../lib/cli/usage_error.ts";
import { UserError } from "../../../lib/user_error.ts";
import { MidgeProcess, runMidge, TempFolder } from "../../support/midge_process.ts";

const UNIT = "/etc/systemd/system/midge.service";

/** A machine of files, with an executable that someone has put into a home. */
class Stage implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly root = `${this.folder.path}/root`;
  readonly machine: Machine;

  constructor(user?: string) {
    Deno.mkdirSync(`${this.root}/etc`, { recursive: true });
    const account = user === undefined ? "" : `${user}:x:${Deno.uid()}:${Deno.gid()}::/:/bin/sh\n`;
    Deno.writeTextFileSync(`${this.root}/etc/passwd`, `root:x:0:0::/root:/bin/sh\n${account}`);
    const executable = this.folder.write("midge", "#!/bin/sh\n");
    this.machine = new Machine({ root: this.root, os: "linux", executable });
  }

  write(path: string, text: string): void {
    const place = `${this.root}${path}`;
    Deno.mkdirSync(place.slice(0, place.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(place, text);
  }

  async plan(...args: string[]) {
    return await planOf(readOptions(args, SERVICE_OPTIONS, ["[COMMAND]"]), this.machine);
  }

  async install(...args: string[]) {
    return await install(await this.plan(...args), this.machine);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folder[Symbol.asyncDispose]();
  }
}

function modeOf(path: string): string {
  return (Deno.statSync(path).mode! & 0o7777).toString(8);
}

Deno.test("a new machine: executable, configuration with a first user, unit; the rest is printed", async () => {
  await using stage = new Stage();
  const { notes, commands } = await stage.install();
  assertEquals(commands, [
    "useradd --system --user-group --no-create-home --home-dir /var/lib/midge --shell /usr/sbin/nologin midge",
    "chown -R midge:midge /var/lib/midge /etc/midge",
    "systemctl daemon-reload",
    "systemctl enable --now midge",
  ]);
  assertEquals(modeOf(`${stage.root}/usr/local/bin/midge`), "755");
  assertEquals(modeOf(`${stage.root}/var/lib/midge`), "750");
  assertEquals(modeOf(`${stage.root}${UNIT}`), "644");
  assert(stage.machine.text(UNIT)?.startsWith(UNIT_MARK));
  const password = notes.map((note) => /^password of admin, .*: (\S+)$/.exec(note)?.[1])
    .find((found) => found !== undefined);
  assertMatch(password ?? "", /^[a-z2-9-]{20,}$/);
  const config = stage.machine.text("/etc/midge/config.yaml") ?? "";
  assertMatch(config, /^data_dir: \/var\/lib\/midge$/m);
  assertMatch(config, /^ {2}path: \/run\/midge\/midge.sock$/m);
  assert(!config.includes("auth_anonymous"));
  assertMatch(stage.machine.text("/etc/midge/passwords") ?? "", /^admin:\$argon2id\$/);
});

Deno.test("what sudo midge init has left in /etc/midge, which root alone can read, is given to the user", async () => {
  await using stage = new Stage();
  stage.write("/etc/midge/config.yaml", "plugins: {auth_file: {password_file: passwords}}\n");
  Deno.chmodSync(`${stage.root}/etc/midge/config.yaml`, 0o640);
  const { notes, commands } = await stage.install();
  assertEquals(commands[1], "chown -R midge:midge /var/lib/midge /etc/midge");
  assert(!notes.some((note) => note.includes("must be able to read")), notes.join("\n"));
  Deno.chmodSync(`${stage.root}/etc/midge/config.yaml`, 0o644);
  assertEquals((await stage.install()).commands[1], "chown -R midge:midge /var/lib/midge");
});

Deno.test("where the user is there, folders are given to it, and no account is to be made", async () => {
  await using stage = new Stage("midge");
  assertEquals((await stage.install()).commands, [
    "systemctl daemon-reload",
    "systemctl enable --now midge",
  ]);
  // Again, as an upgrade does it: the configuration stays.
  stage.write("/etc/midge/config.yaml", "listeners: {default: {bind: 0.0.0.0:883}}\n");
  const { notes } = await stage.install();
  assert(!notes.some((note) => note.includes("password")), notes.join("\n"));
  assertEquals(
    stage.machine.text("/etc/midge/config.yaml"),
    "listeners: {default: {bind: 0.0.0.0:883}}\n",
  );
  assertMatch(stage.machine.text(UNIT) ?? "", /^AmbientCapabilities=CAP_NET_BIND_SERVICE$/m);
});

Deno.test("the configuration says which rights the unit gives", async () => {
  await using stage = new Stage();
  stage.write(
    "/etc/midge/config.yaml",
    `data_dir: /srv/midge
listeners:
  default: {bind: 0.0.0.0:1883}
  local: {type: unix, bind: /run/mqtt/midge.sock, group: mqtt}
plugins: {auth_anonymous: , prometheus: {bind: "127.0.0.1:99"}}
`,
  );
  const { dataDir, writable, groups, hasLowPort } = await stage.plan();
  assertEquals({ dataDir, writable, groups, hasLowPort }, {
    dataDir: "/srv/midge",
    writable: ["/etc/midge", "/run/mqtt"],
    groups: ["mqtt"],
    hasLowPort: true,
  });
  const problem = await assertRejects(() => stage.plan("--data-dir", "/srv/other"), UserError);
  assertMatch(problem.message, /data_dir is \/srv\/midge; leave out --data-dir, or take/);
});

Deno.test("a folder that is there is given to no one because a configuration names it", async () => {
  await using stage = new Stage();
  stage.write("/etc/midge/config.yaml", "data_dir: /etc\nplugins: {auth_anonymous: {}}\n");
  const { notes, commands } = await stage.install();
  assert(!commands.some((command) => command.startsWith("chown")), commands.join("\n"));
  assertMatch(
    notes.join("\n"),
    /^\/etc is there and stays whose it is; .* chown -R midge:midge \/etc$/m,
  );
  stage.write("/etc/midge/config.yaml", "data_dir: /srv/new\nplugins: {auth_anonymous: {}}\n");
  assertEquals((await stage.install()).commands[1], "chown -R midge:midge /srv/new");
});

Deno.test("a socket's group that is as good as root is refused", async () => {
  await using stage = new Stage();
  stage.write(
    "/etc/midge/config.yaml",
    "listeners: {s: {type: unix, bind: /run/s, group: docker}}\nplugins: {auth_anonymous: {}}\n",
  );
  const problem = await assertRejects(() => stage.install(), UserError);
  assertMatch(problem.message, /must not be in the group docker, .*groupadd --system mqtt/);
  assertEquals(stage.machine.has(UNIT), false);
});

Deno.test("another name, user and folder", async () => {
  await using stage = new Stage();
  const plan = await stage.plan("--name", "second", "--user", "mqtt", "--data-dir", "/srv/second");
  assertEquals([plan.config, plan.dataDir, plan.user], [
    "/etc/second/config.yaml",
    "/srv/second",
    "mqtt",
  ]);
});

Deno.test("what is refused names the next step", async () => {
  await using stage = new Stage();
  const refused = async (what: () => Promise<unknown>, expected: RegExp) => {
    assertMatch((await assertRejects(what, UserError)).message, expected);
  };
  await refused(() => stage.plan("-c", "/etc/midge/none.yaml"), /no such file; without -c midge/);
  await refused(
    () => stage.plan("-c", "/home/pi/config.yaml"),
    /does not see home folders; copy it, .*sudo install -D \/home\/pi\/config.yaml/,
  );
  const deno = new Machine({ root: stage.root, os: "linux", executable: undefined });
  const plan = await stage.plan();
  await refused(() => install(plan, deno), /this is deno run.*deno task compile, then sudo dist/);
  stage.write(UNIT, "[Unit]\n");
  await refused(() => stage.install(), /is there and is not midge's; move it away/);
  stage.write("/usr/lib/systemd/system/midge.service", "[Unit]\n");
  await refused(() => stage.install(), /from a package; start it: sudo systemctl enable --now/);
});

Deno.test("uninstall keeps configuration and data, and says so; --purge does not", async () => {
  await using stage = new Stage();
  await stage.install();
  stage.write(enabledLink("midge"), "");
  const kept = uninstall("midge", false, stage.machine);
  assertMatch(kept.notes.join("\n"), /^kept \/etc\/midge, \/var\/lib\/midge, .*--purge/m);
  assertEquals(kept.commands, ["systemctl stop midge", "systemctl daemon-reload"]);
  assertEquals([stage.machine.has(UNIT), stage.machine.has(enabledLink("midge"))], [false, false]);
  assert(stage.machine.has("/etc/midge/config.yaml"));
  const none = assertThrows(() => uninstall("midge", false, stage.machine), UserError);
  assertMatch(none.message, /no such file; midge service status/);
  await stage.install();
  const purged = uninstall("midge", true, stage.machine);
  assertEquals(purged.commands.at(-1), "userdel midge");
  assertEquals(["/etc/midge", "/var/lib/midge"].filter((path) => stage.machine.has(path)), []);
  stage.write(UNIT, "[Unit]\n");
  const foreign = assertThrows(() => uninstall("midge", true, stage.machine), UserError);
  assertMatch(foreign.message, /was not written by midge service install; it stays/);
});

Deno.test("status: no unit, a broker that does not answer, one that does", async () => {
  await using stage = new Stage();
  assertMatch((await statusOf("midge", stage.machine)).lines.join("\n"), /^unit +none: /);
  await stage.install();
  const idle = await statusOf("midge", stage.machine);
  assertEquals(idle.isRunning, false);
  assertMatch(idle.lines.join("\n"), /^at boot +not started; .*\nbroker .*no broker runs here/m);
  const runtime = `${stage.root}/run/midge`;
  Deno.mkdirSync(runtime, { recursive: true });
  const file = stage.folder.write(
    "c.yaml",
    `listeners: {default: {bind: "127.0.0.1:0"}}
plugins: {auth_anonymous: }
management: {path: ${runtime}/midge.sock}
`,
  );
  await using _midge = await MidgeProcess.start(["-c", file]);
  const { lines, isRunning } = await statusOf("midge", stage.machine);
  assertEquals([isRunning, lines[2]], [true, `broker   answers at ${runtime}/midge.sock`]);
});

Deno.test("options go with their command, names are names", () => {
  const check = (command: string, ...args: string[]) =>
    assertThrows(
      () => checkGiven(command, readOptions(args, SERVICE_OPTIONS)),
      UsageError,
    ).message;
  assertEquals(check("status", "--purge"), "--purge goes with uninstall");
  assertEquals(check("uninstall", "-c", "x"), "--config goes with install");
  assertMatch(check("install", "--name", "a/b"), /--name got "a\/b", expected up to 31 small/);
  checkGiven("install", readOptions(["--name", "mqtt-2", "--user", "_mqtt"], SERVICE_OPTIONS));
});

Deno.test("--print prints the unit and writes nothing, also under deno run", async () => {
  await using folder = new TempFolder();
  const { code, stdout, stderr } = await runMidge(
    ["service", "install", "--print", "--root", folder.path],
  );
  assertEquals([code, stderr, [...Deno.readDirSync(folder.path)]], [0, [], []]);
  assertEquals(stdout[0], UNIT_MARK);
  const unknown = await runMidge(["service", "instal"]);
  assertEquals(unknown.code, 2);
  assertMatch(unknown.stderr[0]!, /did you mean install\?/);
});

for (
  const [what, text, args] of [
    ["a line end in data_dir", 'data_dir: "/srv/x\\nExecStartPre=+/bin/sh"', []],
    ["a backslash that takes the next line in", 'data_dir: "/srv/x\\\\"', []],
    ["a list of folders", 'data_dir: "/srv/x:y"', []],
    ["a socket's group of two", 'listeners: {s: {type: unix, bind: /run/s, group: "a root"}}', []],
    ["a line end in --data-dir", "", ["--data-dir", "/srv/x\nUser=root"]],
  ] as const
) {
  Deno.test(`${what} is refused, and nothing is written`, async () => {
    await using stage = new Stage();
    stage.write("/etc/midge/config.yaml", `plugins: {auth_anonymous: {}}\n${text}\n`);
    await assertRejects(
      () => stage.install(...args),
      UserError,
      "a service cannot have",
    );
    assertEquals(stage.machine.has(UNIT), false);
  });
}
