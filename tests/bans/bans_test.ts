/** Bans and their file: what is decided holds at once, is saved whole, and survives what its editor does. */
import { assertEquals, assertRejects } from "@std/assert";
import type { Ban } from "../../lib/bans/ban.ts";
import { Bans } from "../../lib/bans/bans.ts";
import { loggerFor } from "../../lib/log/logger.ts";
import { UserError } from "../../lib/user_error.ts";
import { captureLog } from "../support/clocked_broker.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { TempFolder } from "../support/midge_process.ts";
import { turn, until } from "../support/until.ts";

/** Bans with a folder of their own; its data folder is not there yet. */
class Stage implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly clock = new FakeClock(Date.UTC(2026, 0, 31));
  readonly log = captureLog();
  readonly data = `${this.folder.path}/data`;
  readonly file = `${this.data}/bans.yaml`;
  added = 0;
  bans = this.make();

  make(): Bans {
    return new Bans({
      clock: this.clock,
      logger: loggerFor("broker"),
      added: () => void this.added++,
    });
  }

  /** As a broker that is started again. */
  async restart(): Promise<void> {
    await this.bans.close();
    this.bans = this.make();
    await this.bans.open(this.data);
  }

  edit(text: string): void {
    Deno.mkdirSync(this.data, { recursive: true });
    Deno.writeTextFileSync(this.file, text);
  }

  /** The file is looked at. */
  async look(isDone: () => boolean, what: string): Promise<void> {
    this.clock.advance(2000);
    await until(isDone, what);
  }

  ban(given: Partial<Ban>): Ban {
    return {
      until: undefined,
      reason: undefined,
      by: "admin",
      since: this.clock.epoch(),
      ...given,
    };
  }

  get users(): string[] {
    return [...this.bans.values()].map(({ username = "-" }) => username);
  }

  get text(): string {
    return Deno.readTextFileSync(this.file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bans.close();
    await this.folder[Symbol.asyncDispose]();
  }
}

Deno.test("a ban holds at once, is saved in a folder that is made for it, and is there after a restart", async () => {
  await using it = new Stage();
  await it.bans.open(it.data);
  assertEquals([it.bans.size, it.added], [0, 0]);
  const saved = it.bans.put(it.ban({ username: "a", until: it.clock.epoch() + 1000 }));
  assertEquals(
    it.bans.ofClient({ clientId: "", username: "a", address: "" }, it.clock.epoch())?.by,
    "admin",
  );
  await turn();
  assertEquals(it.added, 1);
  assertEquals(await saved, undefined);
  assertEquals(Deno.statSync(it.file).mode! & 0o777, 0o600);
  await it.bans.put(it.ban({ network: "10.0.0.0/8" }));
  await it.restart();
  assertEquals(it.users, ["a", "-"]);
  assertEquals(it.bans.ofAddress("10.1.1.1", 0)?.network, "10.0.0.0/8");
  assertEquals(await it.bans.delete({ network: "10.0.0.0/8" }), undefined);
  await it.restart();
  assertEquals(it.users, ["a"]);
});

Deno.test("a ban that ends is taken away, said, and out of the file a little later", async () => {
  await using it = new Stage();
  await it.bans.open(it.data);
  await it.bans.put(it.ban({ username: "a", until: it.clock.epoch() + 1000 }));
  it.clock.advance(999);
  it.bans.sweep();
  assertEquals(it.users, ["a"]);
  it.clock.advance(1);
  it.bans.sweep();
  assertEquals(
    [it.users, it.log.filter((line) => line.includes("ban of user a has ended")).length],
    [[], 1],
  );
  assertEquals(it.text.includes("- {"), true);
  it.clock.advance(5000);
  await until(() => !it.text.includes("- {"), "the file without it");
});

Deno.test("bans that come by themselves are saved together, and at the end", async () => {
  await using it = new Stage();
  await it.bans.open(it.data);
  it.bans.putSoon(it.ban({ username: "a", by: "flapping" }));
  it.clock.advance(3000);
  it.bans.putSoon(it.ban({ username: "b", by: "flapping" }));
  it.clock.advance(1999);
  await turn();
  assertEquals(it.bans.size, 2);
  await assertRejects(() => Deno.stat(it.file), Deno.errors.NotFound);
  it.clock.advance(1);
  await until(() => existsWith(it.file, 2), "both in the file");
  it.bans.putSoon(it.ban({ username: "c", by: "flapping" }));
  await it.restart();
  assertEquals(it.users, ["a", "b", "c"]);
});

Deno.test("a file that is edited is followed, one that appears too", async () => {
  await using it = new Stage();
  await it.bans.open(it.data);
  it.edit("- {user: a}\n- {user: b}\n");
  await it.look(() => it.bans.size === 2, "the new file");
  await turn();
  assertEquals(it.added, 1, "whom they hit has to go");
  it.edit("# none any more\n");
  await it.look(() => it.bans.size === 0, "an empty list");
});

Deno.test("a broken file is one line at the start", async () => {
  await using it = new Stage();
  it.edit("- {user: a\n");
  const { problems } = await assertRejects(() => it.bans.open(it.data), UserError);
  assertEquals([problems.length, problems[0]?.startsWith(it.file)], [1, true]);
});

Deno.test("more bans than there is room for are one line too", async () => {
  await using it = new Stage();
  it.edit(Array.from({ length: 1001 }, (_, i) => `- {user: u${i}, by: flapping}\n`).join(""));
  const { message } = await assertRejects(() => it.bans.open(it.data), UserError);
  assertEquals(message, `${it.file}: there are too many bans by flapping`);
});

Deno.test("a file that breaks keeps the bans before it, and is not overwritten until it is mended", async () => {
  await using it = new Stage();
  it.edit("- {user: a}\n");
  await it.bans.open(it.data);
  it.edit("- {user: a}\n- {user: 7}\n");
  await it.look(() => it.log.length > 0, "a line");
  assertEquals(it.users, ["a"]);
  assertEquals(
    it.log.map((line) =>
      line.includes("[1].user: got 7") && line.endsWith("; the bans before it hold")
    ),
    [true],
  );
  const why = await it.bans.put(it.ban({ username: "b" }));
  assertEquals(why?.includes("[1].user"), true);
  assertEquals([it.users, it.text], [["a", "b"], "- {user: a}\n- {user: 7}\n"]);
  it.edit("- {user: a}\n- {user: c}\n");
  await it.look(() => it.bans.size === 3, "the mended file");
  assertEquals(it.users, ["a", "c", "b"]);
  it.clock.advance(5000);
  await until(() => existsWith(it.file, 3), "all of them in the file");
});

Deno.test("reload reads the file now, and says what is wrong with it", async () => {
  await using it = new Stage();
  await it.bans.open(it.data);
  it.edit("- {user: a}\n");
  assertEquals([await it.bans.reload(), it.users], [[], ["a"]]);
  it.edit("");
  const problems = await it.bans.reload();
  assertEquals([problems.length, problems[0]?.includes("is empty"), it.users], [1, true, ["a"]]);
});

Deno.test("a file that goes away keeps its bans, which is said", async () => {
  await using it = new Stage();
  it.edit("- {user: a}\n");
  await it.bans.open(it.data);
  Deno.removeSync(it.file);
  await it.look(() => it.log.length > 0, "a line");
  assertEquals([it.users, it.log[0]?.includes("is gone; its bans hold")], [["a"], true]);
});

Deno.test("where nothing can be written bans hold in memory, and that is said, once", async () => {
  await using it = new Stage();
  await it.bans.open(it.data);
  Deno.writeTextFileSync(it.data, "no folder");
  const why = await it.bans.put(it.ban({ username: "a" }));
  assertEquals([it.users, why?.startsWith(`${it.file}: cannot be written`)], [["a"], true]);
  for (const username of ["b", "c"]) {
    it.bans.putSoon(it.ban({ username, by: "flapping" }));
    it.clock.advance(5000);
    await it.bans.save();
    await turn();
  }
  const said = it.log.filter((line) =>
    line.includes("bans hold until the broker stops, and are not saved")
  );
  assertEquals(said.length, 1);
  Deno.removeSync(it.data);
  assertEquals(await it.bans.put(it.ban({ username: "d" })), undefined);
  await it.restart();
  assertEquals(it.users, ["a", "b", "c", "d"]);
});

Deno.test("what is lifted while the file is edited stays lifted", async () => {
  await using it = new Stage();
  await it.bans.open(it.data);
  await it.bans.put(it.ban({ username: "a" }));
  await it.bans.put(it.ban({ username: "b" }));
  it.edit("- {user: a}\n- {user: b}\n- {user: c}\n");
  assertEquals(await it.bans.delete({ username: "a" }), undefined);
  assertEquals(it.users, ["b", "c"]);
  await it.restart();
  assertEquals(it.users, ["b", "c"]);
});

Deno.test("what was lifted may be banned again by an editor", async () => {
  await using it = new Stage();
  await it.bans.open(it.data);
  await it.bans.put(it.ban({ username: "a" }));
  await it.bans.delete({ username: "a" });
  it.edit("- {user: a}\n");
  await it.look(() => it.bans.size === 1, "the edited file");
  await it.bans.put(it.ban({ username: "b" }));
  await it.restart();
  assertEquals(it.users, ["a", "b"]);
});

Deno.test("a ban that is lifted while it is being saved is lifted in the file too", async () => {
  await using it = new Stage();
  await it.bans.open(it.data);
  const saved = it.bans.put(it.ban({ username: "a" }));
  const lifted = it.bans.delete({ username: "a" });
  await Promise.all([saved, lifted]);
  await it.restart();
  assertEquals(it.users, []);
});

Deno.test("before it is opened, and where nothing may be read, there is no file: bans hold all the same", async () => {
  await using it = new Stage();
  assertEquals(await it.bans.put(it.ban({ username: "a" })), "the broker was not started");
  assertEquals(it.users, ["a"]);
});

function existsWith(file: string, bans: number): boolean {
  try {
    return Deno.readTextFileSync(file).split("\n- {").length - 1 === bans;
  } catch {
    return false;
  }
}
