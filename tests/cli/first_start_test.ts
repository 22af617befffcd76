/** A first start, without a file and at a terminal: where it listens, who reaches it, and what a person sees. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { commandNameOf } from "../../lib/cli/command_name.ts";
import { screenLines } from "../../lib/cli/start/screen_lines.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { atTerminal, noTerminal } from "../support/at_terminal.ts";
import { MidgeProcess, runMidge, TempFolder } from "../support/midge_process.ts";

/** The port may be another broker's on the machine of the tests: the line about it says the address too. */
async function whereItListens(folder: TempFolder, ...args: string[]): Promise<string> {
  const options = { cwd: folder.path };
  try {
    await using midge = await MidgeProcess.start(args, options);
    return await midge.line(/listener default/);
  } catch (error) {
    return String(error);
  }
}

Deno.test("without a file only this machine reaches it; --open lets others in", async () => {
  await using folder = new TempFolder();
  assertMatch(await whereItListens(folder), /(tcp|listen on) 127\.0\.0\.1:1883/);
  assertMatch(await whereItListens(folder, "--open"), /(tcp|listen on) 0\.0\.0\.0:1883/);
  const both = await runMidge(["start", "--open", "-c", "x.yaml"]);
  assertEquals([both.code, both.stderr], [2, [
    "midge: start: --open is for a start without a file; in FILE: listeners.default.bind; see midge start --help",
  ]]);
});

Deno.test("a config.yaml that is there and was not asked for is named", async () => {
  await using folder = new TempFolder();
  folder.write("config.yaml", "# mine");
  try {
    await using midge = await MidgeProcess.start([], { cwd: folder.path });
    await midge.line(
      /warning midge\.cli: config\.yaml is here, and was not asked for: midge start -c config\.yaml/,
    );
  } catch (error) {
    assertStringIncludes(String(error), "1883: the port is taken"); // another broker's on the machine of the tests
  }
});

Deno.test("an open port is a warning that says what to do; one of this machine alone is none", async () => {
  await using folder = new TempFolder();
  const start = (bind: string) =>
    MidgeProcess.start([
      "-c",
      folder.write("c.yaml", `management:\nlisteners: {default: {bind: "${bind}:0"}}`),
    ]);
  await using open = await start("0.0.0.0");
  assertMatch(
    await open.line(/may connect/),
    /warning midge\.cli: anyone may connect: .*; midge init writes .*: auth_file in the place of auth_anonymous$/,
  );
  await using local = await start("127.0.0.1");
  assertMatch(await local.line(/may connect/), /info {4}midge\.cli: anyone may connect: /);
});

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

Deno.test({
  name: "at a terminal the start is a screen, and the log begins behind it",
  ignore: noTerminal(),
}, async () => {
  await using folder = new TempFolder();
  const plugins = "plugins: {event_logger: , auth_anonymous: , dashboard: {bind: 127.0.0.1:0}}";
  const file = folder.write("c.yaml", `listeners: {default: {bind: "127.0.0.1:0"}}\n${plugins}\n`);
  const midge =
    `'${Deno.execPath()}' run --no-prompt --allow-net --allow-read --allow-write '${MAIN}' start -c '${file}'`;
  const { code, shown } = await atTerminal(`sh -c "echo pid \\$\\$; exec ${midge}"`, [
    ["-m 'It works'", { signal: "SIGTERM" }],
  ]);
  assertEquals(code, 0, shown);
  const [screen = "", log = ""] = shown.split("It works");
  assert(!/\d{4}-\d\d-\d\dT/.test(screen), screen);
  assertMatch(screen, /MQTT \(tcp\): 127\.0\.0\.1:\d+, which only this machine reaches/);
  assertMatch(screen, /The dashboard is at http:\/\/127\.0\.0\.1:\d+\//);
  assertMatch(screen, /shown this once: midge_.{43}/);
  assertMatch(screen, /\/midge sub -p \d+ -v -t 'hello\/#'/);
  assertStringIncludes(log, "SIGTERM: stopping");
});

Deno.test("the screen of a broker with passwords has no commands that would not work", async () => {
  await using folder = new TempFolder();
  const config = await loadConfig(folder.write("c.yaml", "listeners: {default: {bind: 8883}}"));
  const lines = screenLines({
    version: "1.2.3",
    command: "midge",
    config,
    listeners: [{ name: "default", type: "tcp", address: "0.0.0.0:8883", port: 8883 }],
    access: "clients are let in by auth_file",
    isOpen: false,
    storage: "storage: memory alone",
  }, { told: [], notes: ["a note"], plugins: ["dashboard: http://127.0.0.1:18083/"] });
  assertEquals(lines, [
    `Midge 1.2.3 runs with ${config.file}. Ctrl-C stops it.`,
    "",
    "  MQTT (tcp): 0.0.0.0:8883",
    "  dashboard: http://127.0.0.1:18083/",
    "  storage: memory alone",
    "  clients are let in by auth_file",
    "  note: a note",
    "",
  ]);
});

Deno.test("midge has the name by which it is called here", () => {
  const origin = {
    isStandalone: false,
    mainModule: "file:///home/a/midge/main.ts",
    folder: "/home/a/midge",
    exists: () => true,
  };
  assertEquals(commandNameOf(origin), "./midge");
  assertEquals(commandNameOf({ ...origin, folder: "/tmp" }), "/home/a/midge/midge");
  assertEquals(commandNameOf({ ...origin, exists: () => false }), "midge");
  assertEquals(commandNameOf({ ...origin, isStandalone: true }), "midge");
  assertEquals(commandNameOf({ ...origin, mainModule: "https://example.org/main.ts" }), "midge");
  const mainModule = "file:///home/a/node_modules/midge-broker/main.ts";
  assertEquals(commandNameOf({ ...origin, mainModule }), "npx midge-broker");
});
