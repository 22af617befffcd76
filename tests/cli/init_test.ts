/** `midge init` as a process: what it writes, that it works, what it refuses, and that half of it is never left. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { loadConfig } from "../../lib/config/load.ts";
import { configText } from "../../lib/cli/init/config_text.ts";
import { simplePlan } from "../../lib/cli/init/plan.ts";
import { reportLines } from "../../lib/cli/init/report.ts";
import { atTerminal, noTerminal } from "../support/at_terminal.ts";
import { MidgeProcess, type Outcome, runMidge, TempFolder } from "../support/midge_process.ts";

/** All paths in a folder, with their modes; those of `data` without. */
function treeOf(path: string, below = ""): string[] {
  return [...Deno.readDirSync(path)].flatMap(({ name, isDirectory }) => {
    const own = `${below}${name}`;
    if (isDirectory) return treeOf(`${path}/${name}`, `${own}/`);
    return [`${own} ${((Deno.statSync(`${path}/${name}`).mode ?? 0) & 0o777).toString(8)}`];
  }).sort();
}

/** What stands behind a label in the output. */
function secretIn(lines: readonly string[], label: string): string {
  return lines.find((line) => line.startsWith(label))?.split(": ").at(-1) ?? "";
}

/** The configuration with ports that are free. */
function withFreePorts(folder: TempFolder): void {
  const text = folder.read("config.yaml").replaceAll(/bind: [\d.]+:\d+/g, "bind: 127.0.0.1:0")
    .replace("  dashboard:\n", "  dashboard:\n    bind: 127.0.0.1:0\n");
  folder.write("config.yaml", text);
}

async function pub(midge: MidgeProcess, ...args: string[]): Promise<Outcome> {
  return await runMidge(["pub", "-t", "a", "-m", "x", "-p", `${midge.port}`, ...args]);
}

Deno.test("a first configuration: its user comes in with the password that is shown, no one else", async () => {
  await using folder = new TempFolder();
  const { code, stdout, stderr } = await runMidge(["init", folder.path]);
  assertEquals([code, stderr], [0, []]);
  assertEquals(treeOf(folder.path), ["config.yaml 640", "data/tokens.json 600", "passwords 600"]);
  const password = secretIn(stdout, "password of admin");
  assertMatch(password, /^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
  assertMatch(secretIn(stdout, "token"), /^midge_.{43}$/);
  assertStringIncludes(stdout.join("\n"), `midge start -c ${folder.path}/config.yaml`);
  const checked = await runMidge(["check", "-c", `${folder.path}/config.yaml`]);
  assertEquals([checked.code, checked.stderr], [0, []]);
  assertStringIncludes(checked.stdout.at(-1)!, "fine");
  withFreePorts(folder);
  await using midge = await MidgeProcess.start(["-c", `${folder.path}/config.yaml`]);
  assertEquals((await pub(midge, "-u", "admin", "-P", password)).code, 0);
  assertEquals((await pub(midge, "-u", "admin", "-P", "wrong")).code === 0, false);
  assertEquals((await pub(midge)).code === 0, false);
});

Deno.test("the commands that come next are those that work here: ./midge in a clone", () => {
  const next = (command: string) =>
    reportLines(simplePlan("home"), { files: [], token: undefined }, undefined, command)
      .filter((line) => line.startsWith("  ")).slice(0, -1);
  const lines = next("./midge");
  assertEquals(lines[0], "  ./midge start -c home/config.yaml");
  assert(lines.length > 1 && lines.every((line) => line.startsWith("  ./midge ")));
  assertEquals(next("/a b/midge")[0], "  '/a b/midge' start -c home/config.yaml");
  assertEquals(next("npx midge-broker")[0], "  npx midge-broker start -c home/config.yaml");
});

Deno.test("--secure: TLS with an authority of its own; without TLS on this machine alone", async () => {
  await using folder = new TempFolder();
  const args = ["--secure", "--user", "alice", "--password-stdin", "--host", "mqtt.example.org"];
  const made = await runMidge(["init", folder.path, ...args], { stdin: "sesame\n" });
  assertEquals([made.code, made.stderr], [0, []]);
  assertEquals(made.stdout.some((line) => line.includes("sesame")), false);
  assertEquals(treeOf(folder.path).filter((name) => name.startsWith("certs/")), [
    "certs/ca.crt 644",
    "certs/ca.key 600",
    "certs/server.crt 644",
    "certs/server.key 600",
  ]);
  const file = `${folder.path}/config.yaml`;
  const { listeners, plugins } = await loadConfig(file);
  assertEquals(
    listeners.map(({ name, transport, hostname, port }) => [name, transport, hostname, port]),
    [
      ["default", "tls", "0.0.0.0", 8883],
      ["plain", "tcp", "127.0.0.1", 1883],
    ],
  );
  assertEquals(plugins.map(({ name }) => name).includes("auth_anonymous"), false);
  withFreePorts(folder);
  await using midge = await MidgeProcess.start(["-c", file]);
  const port = /tls [\d.]+:(\d+)/.exec(await midge.line(/listener default: tls/))?.[1] ?? "";
  const published = await runMidge(
    [
      "pub",
      "-L",
      `mqtts://localhost:${port}/a`,
      "-m",
      "x",
      "-u",
      "alice",
      "-P",
      "sesame",
      "--cafile",
    ]
      .concat(`${folder.path}/certs/ca.crt`),
  );
  assertEquals([published.code, published.stderr], [0, []]);
  assertStringIncludes(await midge.line(/listener default: tls/), "mqtt.example.org");
});

Deno.test("nothing that is there is overwritten, and what is there is named", async () => {
  await using folder = new TempFolder();
  folder.write("passwords", "alice:$argon2id$x\n");
  const before = treeOf(folder.path);
  const one = await runMidge(["init", folder.path]);
  assertEquals([one.code, one.stdout, one.stderr], [1, [], [
    `midge: ${folder.path}: passwords is there already; nothing was written. ` +
    "Name another folder (midge init DIR), or move it away first",
  ]]);
  folder.write("config.yaml", "# mine\n");
  const two = await runMidge(["init", folder.path]);
  assertMatch(two.stderr[0]!, /: config\.yaml is there already; nothing was written/);
  assertEquals(treeOf(folder.path).map((line) => line.split(" ")[0]), [
    "config.yaml",
    ...before.map((line) => line.split(" ")[0]!),
  ]);
  const file = await runMidge(["init", `${folder.path}/passwords`]);
  assertEquals(file.stderr, [
    `midge: ${folder.path}/passwords: is a file; expected a folder: midge init DIR`,
  ]);
});

Deno.test("what fails half-way leaves nothing behind", async () => {
  await using folder = new TempFolder();
  folder.write("data", "a file where the token's folder is to be");
  const before = treeOf(folder.path);
  const { code, stdout, stderr } = await runMidge(["init", folder.path]);
  assertEquals([code, stdout, stderr.length], [1, [], 1], stderr.join("\n"));
  assertEquals(treeOf(folder.path), before);
  // The folders that it made go with it.
  const inside = await runMidge([
    "init",
    `${folder.path}/a/b`,
    "--data-dir",
    `${folder.path}/data`,
  ]);
  assertEquals([inside.code, inside.stderr.length], [1, 1]);
  assertEquals(treeOf(folder.path), before);
});

Deno.test("of several at once one writes, and the others say so", async () => {
  await using folder = new TempFolder();
  const args = ["init", folder.path];
  const all = await Promise.all([runMidge(args), runMidge(args), runMidge(args), runMidge(args)]);
  assertEquals(all.map(({ code }) => code).sort(), [0, 1, 1, 1]);
  const [won] = all.filter(({ code }) => code === 0);
  const hash = folder.read("passwords");
  const { verifyPassword } = await import("../../lib/access/passwords/verifier.ts");
  const password = new TextEncoder().encode(secretIn(won!.stdout, "password of admin"));
  assert(await verifyPassword(password, hash.trim().slice("admin:".length)));
});

const REFUSED: [args: string[], line: string][] = [
  [["--anonymous", "--secure"], "--secure lets no one in without a password, and --anonymous does"],
  [["--anonymous", "--user", "a"], "--anonymous is without a user"],
  [["--host", "a"], "--host belongs to --secure"],
  [["--tls-only"], "--tls-only belongs to --secure"],
  [["--user", "a:b"], '--user got "a:b", expected a name without colon, outer space or line end'],
  [
    ["--bind", "a:b:c:d"],
    '--bind got "a:b:c:d", an IPv6 address without brackets; expected "[IPV6]:PORT"',
  ],
  [["--secure", "--host", "a/b"], '--host got "a/b", expected a host name'],
];

Deno.test("options that do not go together, and values that are none, are refused", async () => {
  await using folder = new TempFolder();
  for (const [args, line] of REFUSED) {
    const { code, stderr } = await runMidge(["init", folder.path, ...args]);
    assertEquals([code, stderr.length], [2, 1]);
    assertStringIncludes(stderr[0]!, `midge: init: ${line}`);
  }
  assertEquals(treeOf(folder.path), []);
});

Deno.test({
  name: "root's configuration belongs to the owner of the folder",
  ignore: Deno.uid() !== 0,
  async fn() {
    await using folder = new TempFolder();
    Deno.chownSync(folder.path, 12345, 12345);
    assertEquals((await runMidge(["init", `${folder.path}/home`])).code, 0);
    for (const name of ["", "/config.yaml", "/passwords", "/data", "/data/tokens.json"]) {
      const { uid, gid } = Deno.statSync(`${folder.path}/home${name}`);
      assertEquals([name, uid, gid], [name, 12345, 12345]);
    }
  },
});

Deno.test("every plan is a configuration that loads, and says no more than it has to", async () => {
  await using folder = new TempFolder();
  const user = { name: "alice", password: new Uint8Array() };
  const plans = [
    { dataDir: "/var/lib/midge", managementPath: "/run/midge/midge.sock" },
    { tls: { bind: "0.0.0.0:8883", names: ["a", "b"] }, plain: undefined, user },
    { edge: true, user: { ...user, name: 'a "b"' } },
  ];
  for (const plan of plans) {
    const text = configText({ ...simplePlan(folder.path), ...plan });
    const file = folder.write("config.yaml", text);
    const config = await loadConfig(file);
    assertEquals(config.warnings, []);
    assert(text.split("\n").length < 60, text);
    assert(text.split("\n").every((line) => line.length < 110), text);
    if (plan.dataDir === undefined) continue;
    assertEquals([config.dataDir, config.management], [plan.dataDir, {
      kind: "unix",
      path: "/run/midge/midge.sock",
    }]);
  }
});

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

Deno.test(
  { name: "at a terminal it asks; Return takes what is offered", ignore: noTerminal() },
  async () => {
    await using folder = new TempFolder();
    const command =
      `'${Deno.execPath()}' run --no-prompt --allow-net --allow-read --allow-write '${MAIN}' ` +
      `init '${folder.path}'`;
    const { code, shown } = await atTerminal(command, [
      ["network with TLS [2]:", "9\r"],
      ["network with TLS [2]:", "1\r"],
      ["yes or no [no]:", "y\r"],
      ["first user [admin]:", "eve\r"],
      ["Password of eve (Return makes one up):", "sesame\r"],
      ["Once more:", "sesam\r"],
      ["Password of eve (Return makes one up):", "\r"],
    ]);
    assertEquals(code, 0, shown);
    assertEquals(shown.includes("sesam"), false);
    assertStringIncludes(shown, "please answer 1, 2 or 3");
    assertStringIncludes(shown, "the two passwords differ");
    const [listener] = (await loadConfig(`${folder.path}/config.yaml`)).listeners;
    assertEquals(listener?.hostname, "127.0.0.1");
    assertMatch(folder.read("config.yaml"), /^edge: true$/m);
    assertMatch(folder.read("passwords"), /^eve:\$argon2id/);
  },
);

Deno.test({ name: "Ctrl-D at a question: nothing is written", ignore: noTerminal() }, async () => {
  await using folder = new TempFolder();
  const command =
    `'${Deno.execPath()}' run --no-prompt --allow-net --allow-read --allow-write '${MAIN}' ` +
    `init '${folder.path}'`;
  const { code, shown } = await atTerminal(command, [["network with TLS [2]:", "\x04"]]);
  assertEquals(code, 1, shown);
  assertStringIncludes(shown, "no answer; nothing was written");
  assertEquals(treeOf(folder.path), []);
});
