/**
 * `data_dir` and `--data-dir`: one folder for what the broker writes, found by the broker and by `midge ctl`, also
 * where the task `start` may write to ./data only.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { MidgeProcess, type Outcome, runMidge, TempFolder } from "../support/midge_process.ts";

/** What the command line adds where no broker answers. */
const START =
  "midge start begins one; -c FILE, --data-dir DIR or --socket PATH say where another is";

const CONFIG = `
listeners: {default: {bind: "127.0.0.1:0"}}
plugins: {auth_anonymous: }
`;

/** What `deno task start` permits, and the arguments that it gives. */
const [TASK_FLAGS = "", TASK_ARGS = ""] = manifest.tasks.start.command.split(" main.ts ");
const TASK_PERMISSIONS = TASK_FLAGS.split(" ").filter((word) => word.startsWith("--allow-"));

/** A working directory, and a configuration that stands elsewhere. */
class Places implements AsyncDisposable {
  readonly here = new TempFolder();
  readonly elsewhere = new TempFolder();
  readonly file: string;

  constructor(config = CONFIG) {
    this.file = this.elsewhere.write("c.yaml", config);
  }

  start(args: string[], permissions?: string[]): Promise<MidgeProcess> {
    const options = { cwd: this.here.path, ...(permissions && { permissions }) };
    return MidgeProcess.start(["start", ...args], options);
  }

  ctl(...args: string[]): Promise<Outcome> {
    return runMidge(["ctl", ...args], { cwd: this.here.path });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.here[Symbol.asyncDispose]();
    await this.elsewhere[Symbol.asyncDispose]();
  }
}

function namesIn(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

Deno.test("task start --config /elsewhere: a management socket below ./data, nothing beside the file", async () => {
  await using places = new Places();
  const { file, here, elsewhere } = places;
  const args = TASK_ARGS.split(" ").slice(1);
  await using midge = await places.start([...args, "--config", file], TASK_PERMISSIONS);
  const socket = `${here.path}/data/midge.sock`;
  assert((await midge.line(/management: /)).endsWith(`management: ${socket}`));
  assertEquals(namesIn(elsewhere.path), ["c.yaml"]);
  const { code, stdout } = await places.ctl("--data-dir", "data", "-c", file, "status");
  assertEquals(code, 0);
  assert(stdout.includes("plugins     auth_anonymous"), stdout.join("\n"));
  assertEquals((await places.ctl("--data-dir", "data", "clients")).code, 0);
  // Without the flag ctl looks beside the file.
  assertEquals((await places.ctl("-c", file, "status")).stderr, [
    `midge: ${elsewhere.path}/data/midge.sock: no broker runs here: no such file; ${START}`,
  ]);
});

Deno.test("data_dir is relative to the configuration; start and ctl agree without a flag", async () => {
  await using places = new Places(`${CONFIG}data_dir: state/midge\n`);
  await using midge = await places.start(["-c", places.file]);
  const socket = `${places.elsewhere.path}/state/midge/midge.sock`;
  assert((await midge.line(/management: /)).endsWith(`management: ${socket}`));
  assertEquals((await places.ctl("-c", places.file, "status")).code, 0);
  assertEquals(namesIn(places.here.path), []);
});

Deno.test("--data-dir wins over data_dir, is relative to the working directory, and is kept by a reload", async () => {
  await using places = new Places(`${CONFIG}data_dir: state\nmanagement: {bind: 0}\n`);
  const { file, here, elsewhere } = places;
  await using _midge = await places.start(["-c", file, "--data-dir", "own"]);
  assertEquals(namesIn(`${here.path}/own`), ["management.json"]);
  const ctl = (command: string) => places.ctl("-c", file, "--data-dir", "own", command);
  assertEquals((await ctl("clients")).code, 0);
  elsewhere.write("c.yaml", `${CONFIG}data_dir: other\nmanagement: {bind: 0}\n`);
  assertEquals((await ctl("reload")).stdout, ["reloaded"]);
  assertEquals(namesIn(elsewhere.path), ["c.yaml"]);
});

Deno.test("a changed data_dir waits for the next start", async () => {
  await using places = new Places();
  const { file, elsewhere } = places;
  await using _midge = await places.start(["-c", file]);
  elsewhere.write("c.yaml", `${CONFIG}data_dir: other\n`);
  const { code, stdout } = await places.ctl("--data-dir", `${elsewhere.path}/data`, "reload");
  assertEquals([code, stdout], [0, [
    "data_dir changed: this takes effect at the next start",
    "management changed: this takes effect at the next start",
    "reloaded",
  ]]);
  assertEquals(namesIn(elsewhere.path), ["c.yaml", "data"]);
});

Deno.test("a folder whose socket no one could reach: the start says so and goes on", async () => {
  await using places = new Places();
  // 107 bytes are the most, midge.sock has 10 of them; listening alone would work.
  const deep = "d".repeat(98 - places.here.path.length - 1);
  await using midge = await places.start(["-c", places.file, "--data-dir", deep]);
  assertMatch(
    await midge.line(/no management/),
    /no management: .*\/d+\/midge\.sock cannot be made: the path has 109 bytes, the system takes \d+ \(SUN_LEN\); expected a shorter data_dir or management\.path$/,
  );
  assertEquals(namesIn(`${places.here.path}/${deep}`), []);
});

Deno.test("check takes the flag; ctl takes it or a socket", async () => {
  await using places = new Places(`${CONFIG}data_dir: 5\n`);
  const { file, here } = places;
  assertEquals(await runMidge(["check", "-c", file, "--data-dir", "x"], { cwd: here.path }), {
    code: 1,
    stdout: [],
    stderr: [`midge: ${file}: data_dir: got 5, expected a path`],
  });
  const good = places.elsewhere.write("good.yaml", CONFIG);
  const checked = await runMidge(["check", "-c", good, "--data-dir", "x"], { cwd: here.path });
  assertEquals([checked.code, checked.stdout.at(-1)], [0, `${good}: fine`]);
  assertEquals((await places.ctl("status", "--data-dir", "a", "--socket", "b")).stderr, [
    "midge: ctl: --data-dir and --socket are both given; expected only one of them; see midge ctl --help",
  ]);
  assertEquals((await places.ctl("status", "--data-dir", "")).code, 2);
  assertEquals(namesIn(here.path), []);
});
