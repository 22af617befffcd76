/** README.md's first ten minutes, in an empty folder: each command as it stands there, on the ports that it names. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { codeBlocks } from "../support/markdown.ts";
import { TempFolder } from "../support/midge_process.ts";
import { optionalTest } from "../support/optional.ts";
import { missingNetwork, OwnNetwork, type StayingCommand } from "../support/own_network.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const README = await Deno.readTextFile(`${ROOT}README.md`);
/** The section, without what is there for those who have the command. */
const SECTION = README.slice(
  README.indexOf("## The first ten minutes"),
  README.indexOf("**As a service**"),
);
const MISSING = await missingNetwork();
const READY = /clients are let in|may connect/;

/** A stranger in a clone: the blocks of the page are typed one after the other. */
class Stranger implements AsyncDisposable {
  readonly folder = new TempFolder();
  readonly #network: OwnNetwork;
  readonly #lines = codeBlocks(SECTION, "sh").flatMap((block) => block.trim().split("\n"));

  private constructor(network: OwnNetwork) {
    this.#network = network;
    Deno.symlinkSync(`${ROOT}midge`, `${this.folder.path}/midge`);
  }

  static async come(): Promise<Stranger> {
    return new Stranger(await OwnNetwork.open());
  }

  /** How many commands are left. */
  get left(): number {
    return this.#lines.length;
  }

  /** Types the next command of the page, which is to begin so. */
  next(beginning: string): string {
    const line = this.#lines.shift() ?? "";
    assertStringIncludes(line, beginning);
    return line;
  }

  async startNext(beginning: string): Promise<StayingCommand> {
    const started = this.#network.start(this.next(beginning), this.folder.path);
    if (!beginning.includes("sub")) await started.says(READY);
    return started;
  }

  run(line: string) {
    return this.#network.run(line, this.folder.path);
  }

  async runNext(beginning: string): Promise<string> {
    const line = this.next(beginning);
    const { code, stdout, stderr } = await this.run(line);
    assertEquals(code, 0, `${line}: ${stderr}`);
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#network[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

/** What init has printed behind this. */
function secretIn(said: string, label: string): string {
  return new RegExp(`^${label}.*: (\\S+)$`, "m").exec(said)?.[1] ?? "";
}

/** Does `midge pub` with these arguments come in? */
async function comesIn(stranger: Stranger, args: string): Promise<boolean> {
  return (await stranger.run(`./midge pub -t a -m x ${args}`)).code === 0;
}

optionalTest(MISSING, "README.md's first ten minutes, from nothing to TLS", async () => {
  await using stranger = await Stranger.come();
  const first = await stranger.startNext("./midge");
  const subscriber = await stranger.startNext("./midge sub");
  const publish = stranger.next("./midge pub");
  const [shown = ""] = codeBlocks(SECTION, "text");
  // A person publishes when the subscriber is there, which says nothing.
  do assertEquals((await stranger.run(publish)).code, 0); while (subscriber.said === "");
  assertEquals([...new Set(subscriber.said.trim().split("\n"))], [shown.trim()]);
  assertMatch(await stranger.runNext("./midge ctl token new"), /^midge_.{43}\n$/);
  const url = /<(http:\S+)>/.exec(SECTION)?.[1] ?? "";
  const look =
    `'${Deno.execPath()}' eval --no-config 'console.log((await fetch("${url}")).status)'`;
  assertEquals((await stranger.run(look)).stdout, "200\n");
  assertEquals(await first.stop(), 0);

  const made = await stranger.runNext("./midge init");
  const closed = await stranger.startNext("./midge start");
  assert(await comesIn(stranger, `-u admin -P ${secretIn(made, "password of admin")}`));
  assert(!await comesIn(stranger, ""));
  assertEquals(await closed.stop(), 0);

  const safe = await stranger.runNext("./midge init");
  const secure = await stranger.startNext("./midge start");
  const password = secretIn(safe, "password of admin");
  const trust = "-L mqtts://localhost/a --cafile safe/certs/ca.crt";
  const { code, stderr } = await stranger.run(`./midge pub ${trust} -m x -u admin -P ${password}`);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(await secure.stop(), 0);
  assertEquals(stranger.left, 0);
});
