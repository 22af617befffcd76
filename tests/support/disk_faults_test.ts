/** The faults of a disk that tests inject: each where it is wanted, and only there. */
import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { DiskFaults, diskFaultsTest } from "./disk_faults.ts";
import { kill } from "./kill.ts";
import { TempFolder } from "./midge_process.ts";
import { within } from "./raw_client.ts";

const PROBE = new URL("disk_faults_probe.ts", import.meta.url).pathname;

/** A process that does things to a folder on request. */
class Probe implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;

  constructor(folder: string, faults: DiskFaults) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-read", "--allow-write", PROBE, folder],
      env: { ...faults.env },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** What came of it, and how many milliseconds it took. */
  async do(deed: string): Promise<[outcome: string, took: number]> {
    await this.#input.write(new TextEncoder().encode(`${deed}\n`));
    const { value = "" } = await within(this.#output.read(), deed);
    const [outcome = "", took] = value.split(" in ");
    return [outcome, Number(took)];
  }

  async outcomes(...deeds: readonly string[]): Promise<string[]> {
    const outcomes: string[] = [];
    for (const deed of deeds) outcomes.push((await this.do(deed))[0]);
    return outcomes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    kill(this.#child);
    await this.#child.status;
    await this.#input.abort().catch(() => {});
    await this.#output.cancel();
  }
}

await diskFaultsTest("a disk fails as it is told, while the process runs", async () => {
  await using temp = new TempFolder();
  const folder = `${temp.path}/store`;
  await using faults = await DiskFaults.build(folder);
  await Deno.mkdir(folder);
  await using probe = new Probe(folder, faults);
  const all = ["write", "sync", "syncData", "syncFolder", "truncate"];
  assertEquals(await probe.outcomes(...all), ["ok 100", "ok", "ok", "ok", "ok"]);
  assertEquals(faults.struck(), []);

  faults.set("write ENOSPC", "sync EIO");
  const failed = ["ENOSPC", "EIO", "EIO", "EIO", "ENOSPC"];
  assertEquals(await probe.outcomes(...all), failed);
  assertEquals(await probe.outcomes("elsewhere"), ["ok"]);
  assertEquals(faults.struck().length, failed.length);
  assertEquals(faults.struck()[0], `write ENOSPC ${await Deno.realPath(folder)}/file`);

  faults.set();
  assertEquals(await probe.outcomes(...all), ["ok 100", "ok", "ok", "ok", "ok"]);
});

await diskFaultsTest("a disk that has become read-only takes no new names", async () => {
  await using temp = new TempFolder();
  await using faults = await DiskFaults.build(temp.path);
  await using probe = new Probe(temp.path, faults);
  const names = ["open", "rename", "mkdir", "remove"];
  await Deno.writeTextFile(`${temp.path}/third`, "");
  assertEquals(await probe.outcomes("write"), ["ok 100"]);
  faults.set("open EROFS");
  assertEquals(await probe.outcomes(...names, "write"), [...names.map(() => "EROFS"), "ok 100"]);
  faults.set();
  assertEquals(await probe.outcomes(...names), names.map(() => "ok"));
});

await diskFaultsTest("a fault counts, a write may be short, a flush slow", async () => {
  await using temp = new TempFolder();
  await using faults = await DiskFaults.build(temp.path);
  await using probe = new Probe(temp.path, faults);
  faults.set("sync EIO 2");
  assertEquals(await probe.outcomes("sync", "sync", "sync"), ["EIO", "EIO", "ok"]);
  faults.set("sync EIO 2");
  assertEquals(await probe.outcomes("sync"), ["EIO"]);
  faults.set("write short 1", "sync delay=60");
  assertEquals(await probe.outcomes("write", "write"), ["ok 50", "ok 100"]);
  const [outcome, took] = await probe.do("syncData");
  assertEquals(outcome, "ok");
  assertGreaterOrEqual(took, 60);
});
