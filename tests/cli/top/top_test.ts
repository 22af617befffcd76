/** `midge top` as a process: at a terminal, which is as it was before whatever ends it, and for scripts. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type Answer, atTerminal, noTerminal } from "../../support/at_terminal.ts";
import { MidgeProcess, runMidge, TempFolder } from "../../support/midge_process.ts";
import { RawClient } from "../../support/raw_client.ts";
import { suback, subscribe } from "../../support/raw_packets.ts";

/** What the command line adds where no broker answers. */
const START =
  "midge start begins one; -c FILE, --data-dir DIR or --socket PATH say where another is";

const MAIN = new URL("../../../main.ts", import.meta.url).pathname;
const CONFIG = `
listeners: {default: {bind: "127.0.0.1:0"}}
plugins: {auth_anonymous: }
`;
const GIVEN_BACK = "\x1b[?25h\x1b[?1049l";

/** A broker with two clients. */
class Stage implements AsyncDisposable {
  readonly folder = new TempFolder();
  midge!: MidgeProcess;
  readonly clients: RawClient[] = [];

  async start(): Promise<this> {
    this.folder.write("c.yaml", CONFIG);
    this.midge = await MidgeProcess.start(["-c", "c.yaml"], { cwd: this.folder.path });
    for (const clientId of ["alpha", "beta\x1b[2J"]) {
      const address = { hostname: "127.0.0.1", port: this.midge.port };
      this.clients.push(await RawClient.open(address, { clientId }));
    }
    await this.clients[0]!.send(subscribe(1, ["home/#", 1]));
    await this.clients[0]!.expect(suback(1, 1));
    return this;
  }

  /** At a terminal of 90 by 20, between its modes before and after. */
  top(dialogue: readonly (readonly [string, Answer])[]) {
    const top =
      `'${Deno.execPath()}' run --no-prompt -A '${MAIN}' top -c '${this.folder.path}/c.yaml'`;
    const own = `sh -c 'echo pid $$; exec "$@"' sh ${top}`;
    const modes = `echo "modes $(stty -g)"`;
    return atTerminal(
      `stty rows 20 cols 90; ${modes}; ${own}; echo "ended $?"; ${modes}`,
      dialogue,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) await client.close();
    await this.midge[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

/** The exit code; the terminal's modes are those of before, and it was given back. */
function endOf(shown: string): string | undefined {
  const modes = [...shown.matchAll(/modes (\S+)/g)].map(([, one]) => one);
  assertEquals(modes.length, 2, shown);
  assertEquals(modes[0], modes[1]);
  assertStringIncludes(shown, GIVEN_BACK);
  return /ended (\d+)/.exec(shown)?.[1];
}

const ignore = noTerminal();

Deno.test({ name: "keys: by client id, one is opened, back, help, the end", ignore }, async () => {
  await using stage = await new Stage().start();
  const { shown } = await stage.top([
    ["beta\\x1b[2J", "c"],
    ["alpha  ", "\r"],
    ["1  home/#", "\x1b"],
    ["alpha  ", "?"],
    ["q, Ctrl-C: end", "xj"],
    ["Enter: open", "q"],
  ]);
  assertEquals(endOf(shown), "0");
  assertStringIncludes(shown, "CLIENTID*");
  assertStringIncludes(shown, "client alpha");
  assertStringIncludes(shown, "clients 2");
  assert(!shown.includes("beta\x1b"), "no client moves the cursor");
});

for (
  const [what, answer, code] of [
    ["Ctrl-C", "\x03", "130"],
    ["SIGTERM", { signal: "SIGTERM" }, "143"],
    ["SIGHUP", { signal: "SIGHUP" }, "143"],
  ] as const
) {
  Deno.test({ name: `${what} gives the terminal back`, ignore }, async () => {
    await using stage = await new Stage().start();
    const { shown } = await stage.top([["CLIENTID", answer]]);
    assertEquals(endOf(shown), code);
  });
}

Deno.test("--once prints one picture; without a terminal it is the same", async () => {
  await using stage = await new Stage().start();
  for (const more of [["--once"], []]) {
    const { code, stdout, stderr } = await runMidge(
      ["top", "-c", "c.yaml", "--interval", "200ms", "--sort", "clientId", ...more],
      { cwd: stage.folder.path },
    );
    assertEquals([code, stderr], [0, []]);
    assertMatch(stdout[0]!, /^midge \S+ {3}up \d+s {3}clients 2 {3}sessions away 0$/);
    assertMatch(stdout[1]!, /^in 0 msg\/s 0 bytes\/s {3}out 0 msg\/s/);
    assertMatch(stdout[4]!, /^CLIENTID\* .* SUBS WAITS$/);
    assertMatch(stdout[5]!, /^alpha .* 1$/);
    assertMatch(stdout[6]!, /^beta\\x1b\[2J .* 0$/);
    assertEquals(stdout.length, 7);
  }
});

Deno.test("a broker that is not there, and what is no time, are one line", async () => {
  await using folder = new TempFolder();
  folder.write("c.yaml", CONFIG);
  const top = (...args: string[]) =>
    runMidge(["top", "-c", "c.yaml", ...args], { cwd: folder.path });
  const none = await top();
  assertEquals([none.code, none.stderr], [1, [
    `midge: ${folder.path}/data/midge.sock: no broker runs here: no such file; ${START}`,
  ]]);
  const wrong = await top("--interval", "1ms");
  assertEquals([wrong.code, wrong.stderr], [2, [
    'midge: top: --interval got "1ms", expected a time from 200ms to 1h; see midge top --help',
  ]]);
});
