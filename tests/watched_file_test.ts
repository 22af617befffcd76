/** A file that is followed: what is in use is whole, and what fails is tried again until it succeeds. */
import { assertEquals, assertRejects } from "@std/assert";
import { type FileFollower, WatchedFile } from "../lib/watched_file.ts";
import { FakeClock } from "./support/fake_clock.ts";
import { TempFolder } from "./support/midge_process.ts";
import { until } from "./support/until.ts";

/** Notes what it is told; fails as long as `problem` is set, or where the file says "bad". */
class Recorder implements FileFollower<string> {
  readonly told: string[] = [];
  problem: string | undefined;
  reads = 0;
  /** Readings wait for it. */
  gate: Promise<void> | undefined;

  async read(path: string): Promise<string> {
    this.reads++;
    if (this.problem !== undefined) throw new Error(this.problem);
    const text = await Deno.readTextFile(path);
    await this.gate;
    if (text.startsWith("bad")) throw new Error(`it says ${text}`);
    return text;
  }

  changed(reading: string): void {
    this.told.push(`changed: ${reading}`);
  }

  failed(problems: readonly string[]): void {
    this.told.push(`failed: ${problems.join(", ")}`);
  }
}

/** A file "one" that a recorder follows. */
class Stage implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly clock = new FakeClock();
  readonly recorder = new Recorder();
  #file: WatchedFile<string> | undefined;

  static async open(): Promise<Stage> {
    const stage = new Stage();
    stage.write("one");
    const [file, reading] = await WatchedFile.open(stage.path, stage.recorder, stage.clock);
    assertEquals(reading, "one");
    stage.#file = file;
    return stage;
  }

  get path(): string {
    return `${this.folder.path}/f`;
  }

  get file(): WatchedFile<string> {
    return this.#file!;
  }

  /** A new file takes the place of the old one, so its stamp differs however fast that is. */
  write(text: string): void {
    this.folder.write("next", text);
    Deno.renameSync(`${this.folder.path}/next`, this.path);
  }

  /** Looks at the file, and says what the follower was told since the last look. */
  async look(): Promise<string[]> {
    await this.file.refresh();
    return this.recorder.told.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file.close();
    await this.folder[Symbol.asyncDispose]();
  }
}

Deno.test("a file is read again when it changes, and only then", async () => {
  await using stage = await Stage.open();
  assertEquals([await stage.look(), stage.recorder.reads], [[], 1]);
  stage.write("two");
  stage.clock.advance(2000);
  await until(() => stage.recorder.told.length > 0, "the timer looks at the file");
  assertEquals([await stage.look(), stage.recorder.reads], [["changed: two"], 2]);
});

Deno.test("a bad file is said once for each of its states; the one before comes back as a change", async () => {
  await using stage = await Stage.open();
  stage.write("bad 1");
  assertEquals(await stage.look(), ["failed: it says bad 1"]);
  assertEquals(await stage.look(), []);
  assertEquals(await stage.file.reload(), ["it says bad 1"]);
  stage.write("bad 2");
  assertEquals(await stage.look(), ["failed: it says bad 2"]);
  stage.write("two");
  assertEquals(await stage.look(), ["changed: two"]);
  assertEquals(await stage.file.reload(), []);
});

Deno.test("a reading that failed is tried again though the file is the same", async () => {
  await using stage = await Stage.open();
  stage.recorder.problem = "too many open files";
  stage.write("two");
  assertEquals(await stage.look(), ["failed: too many open files"]);
  stage.recorder.problem = undefined;
  assertEquals(await stage.look(), ["changed: two"]);
});

Deno.test("a file that is gone is said once, also when it returns as it was", async () => {
  await using stage = await Stage.open();
  Deno.renameSync(stage.path, `${stage.path}.away`);
  const [said, ...others] = await stage.look();
  assertEquals([said?.startsWith("failed: No such file"), others], [true, []]);
  assertEquals(await stage.look(), []);
  Deno.renameSync(`${stage.path}.away`, stage.path);
  assertEquals(await stage.look(), ["changed: one"]);
});

Deno.test("looks that come together read once; a closed file is followed no longer", async () => {
  const stage = await Stage.open();
  stage.write("two");
  await Promise.all([stage.file.refresh(), stage.file.refresh(), stage.file.reload()]);
  assertEquals([stage.recorder.told, stage.recorder.reads], [["changed: two"], 2]);
  await stage[Symbol.asyncDispose]();
  assertEquals(stage.clock.timerCount, 0);
});

Deno.test("a first reading that fails is thrown, and nothing is followed", async () => {
  await using folder = new TempFolder();
  folder.write("f", "bad");
  const clock = new FakeClock();
  const open = () => WatchedFile.open(`${folder.path}/f`, new Recorder(), clock);
  await assertRejects(open, Error, "it says bad");
  assertEquals(clock.timerCount, 0);
});

Deno.test("a reload reads the file whatever its stamp says; a look does not", async () => {
  await using stage = await Stage.open();
  assertEquals(await stage.file.reload(), []);
  assertEquals([stage.recorder.reads, await stage.look()], [2, ["changed: one"]]);
  assertEquals([await stage.look(), stage.recorder.reads], [[], 2]);
  stage.recorder.problem = "too many open files";
  assertEquals(await stage.file.reload(), ["too many open files"]);
  stage.recorder.problem = undefined;
  assertEquals(await stage.look(), ["failed: too many open files", "changed: one"]);
});

Deno.test("a reload does not take the answer of a reading that began before it", async () => {
  await using stage = await Stage.open();
  stage.write("two");
  const { promise, resolve } = Promise.withResolvers<void>();
  stage.recorder.gate = promise;
  const looking = stage.file.refresh();
  await until(() => stage.recorder.reads === 2, "the reading has begun");
  await Deno.readTextFile(stage.path); // the reading has its text by now
  stage.write("bad 3");
  const reloads = [stage.file.reload(), stage.file.reload()];
  resolve();
  assertEquals(await Promise.all(reloads), [["it says bad 3"], ["it says bad 3"]]);
  await looking;
  assertEquals(stage.recorder.reads, 3);
});

Deno.test("what is read on request is read again by itself only after a failure", async () => {
  const recorder = new Recorder();
  const clock = new FakeClock();
  await using folder = new TempFolder();
  const path = folder.write("f", "one");
  const file = WatchedFile.onRequest(path, recorder, clock);
  folder.write("f", "two");
  await file.refresh();
  assertEquals([recorder.reads, await file.reload()], [0, []]);
  recorder.problem = "too many open files";
  assertEquals(await file.reload(), ["too many open files"]);
  recorder.problem = undefined;
  clock.advance(2000);
  await until(() => recorder.told.length === 3, "the timer tries again");
  await file.refresh();
  assertEquals(recorder.told, ["changed: two", "failed: too many open files", "changed: two"]);
  await file.close();
  assertEquals(clock.timerCount, 0);
});
