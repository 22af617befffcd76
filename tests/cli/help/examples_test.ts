/** Every help text has an example, every example is understood, and those of `midge ctl` are done by a broker. */
import { assert, assertEquals } from "@std/assert";
import { COMMANDS } from "../../../lib/cli/ctl/commands.ts";
import { ctlHelp } from "../../../lib/cli/ctl/shapes.ts";
import { readOptions } from "../../../lib/cli/options.ts";
import type { CommandShape } from "../../../lib/cli/shape.ts";
import { allCommands, commandTree } from "../../../lib/cli/tree.ts";
import { MidgeProcess, type Outcome, runMidge, TempFolder } from "../../support/midge_process.ts";
import { RawClient } from "../../support/raw_client.ts";
import { publish, suback, subscribe } from "../../support/raw_packets.ts";
import { type Example, examplesOf } from "./examples.ts";

const TREE = await commandTree();

/** Reads the arguments as the command would. @throws UsageError */
function readExample({ args, line }: Example): void {
  let shape: CommandShape = TREE;
  let rest = args;
  while (shape.commands !== undefined && Object.hasOwn(shape.commands, rest[0] ?? "")) {
    shape = shape.commands[rest[0]!]!;
    rest = rest.slice(1);
  }
  assert(shape !== TREE, `${line}: no command of midge`);
  const help = { help: { names: ["help"], help: "" } };
  readOptions(generalFirst(rest), { ...shape.options, ...help }, shape.operands);
}

/** `--help` ends reading. */
function generalFirst(args: readonly string[]): readonly string[] {
  return args.includes("--help") ? ["--help"] : args;
}

/** `ctl -c FILE status` as `ctl status -c FILE`, as the tree has it. */
function plain(example: Example): Example {
  const [first, ...rest] = example.args;
  if (first !== "ctl" || !rest[0]?.startsWith("-")) return example;
  return { ...example, args: [first, ...rest.slice(2), ...rest.slice(0, 2)] };
}

Deno.test("the help of every command has an example that is understood", async () => {
  for (const { name, module } of await allCommands()) {
    const examples = examplesOf(module.HELP);
    assert(examples.length > 0, `midge ${name} --help has no Example:`);
    for (const example of examples) {
      assertEquals(example.args[0], name, example.line);
      readExample(plain(example));
    }
  }
});

Deno.test("the help of every command of midge ctl has an example that is understood", () => {
  for (const name of Object.keys(COMMANDS)) {
    const [example, ...more] = examplesOf(ctlHelp(name.split(" ")) ?? "");
    assert(example !== undefined, name);
    assertEquals(more, []);
    assertEquals(example!.args.slice(0, 1 + name.split(" ").length), ["ctl", ...name.split(" ")]);
    readExample(example!);
  }
});

const MANY = new URL("many_commands.ts", import.meta.url).pathname;

/** They do not end, or need an id that another command has said. */
const NOT_RUN = new Set(["log tail", "trace", "retained undo", "token remove"]);
/** They end what the others ask about. */
const LAST = ["kick", "sessions end", "stop"];

const CONFIG = `
listeners: {default: {bind: "127.0.0.1:0"}}
plugins:
  auth_anonymous:
  auth_file: {password_file: data/users}
  acl_file: {file: acl.yaml}
  dashboard: {bind: "127.0.0.1:0"}
`;
const RULES = `- {permission: allow, user: all, action: all, topics: ["#"]}\n`;

Deno.test("a broker does what the examples of midge ctl say", async () => {
  await using folder = new TempFolder();
  Deno.mkdirSync(`${folder.path}/data`);
  folder.write("data/users", "# people\n");
  folder.write("acl.yaml", RULES);
  folder.write("config.yaml", CONFIG);
  await using midge = await MidgeProcess.start(["-c", "config.yaml"], { cwd: folder.path });
  const address = { hostname: "127.0.0.1", port: midge.port };
  await using client = await RawClient.open(address, { clientId: "sensor-1", cleanSession: false });
  await client.send(subscribe(1, ["home/#", 1]));
  await client.expect(suback(1, 1));
  await client.send(publish("home/lamp", "on", { retain: true }));
  const names = Object.keys(COMMANDS).filter((name) => !NOT_RUN.has(name) && !LAST.includes(name));
  const examples = [...names, ...LAST]
    .map((name) => examplesOf(`Example:\n  ${COMMANDS[name]!.example}`)[0]!);
  for (const { line, outcome } of await runAll(folder.path, examples)) {
    assertEquals(outcome.code, 0, `${line}: ${outcome.stderr.join("; ")}`);
  }
});

interface Ran {
  readonly line: string;
  readonly outcome: Pick<Outcome, "code" | "stderr">;
}

/** In order; those that read stdin have a process of their own, the others before and behind them share one. */
async function runAll(cwd: string, examples: readonly Example[]): Promise<Ran[]> {
  const ran: Ran[] = [];
  let waiting: Example[] = [];
  for (const example of examples) {
    if (example.stdin === "") {
      waiting.push(example);
      continue;
    }
    ran.push(...await runMany(cwd, waiting));
    waiting = [];
    const options = { cwd, stdin: example.stdin };
    ran.push({ line: example.line, outcome: await runMidge(configured(example), options) });
  }
  return [...ran, ...await runMany(cwd, waiting)];
}

async function runMany(cwd: string, examples: readonly Example[]): Promise<Ran[]> {
  const stdin = JSON.stringify(examples.map(configured));
  const { stderr } = await runMidge([], { cwd, stdin, main: MANY });
  const ran: Ran[] = [];
  let before: string[] = [];
  for (const line of stderr) {
    if (!line.startsWith("{")) before.push(line);
    else {
      const { code }: { code: number } = JSON.parse(line);
      ran.push({ line: examples[ran.length]!.line, outcome: { code, stderr: before } });
      before = [];
    }
  }
  assertEquals(ran.length, examples.length, before.join("\n"));
  return ran;
}

function configured({ args }: Example): string[] {
  return [...args, "-c", "config.yaml"];
}
