/** docs/TROUBLESHOOTING.md: its example is played, and what the commands print is what the page shows. */
import { assertEquals } from "@std/assert";
import { MidgeProcess, runMidge, TempFolder } from "../support/midge_process.ts";
import { RawClient } from "../support/raw_client.ts";
import { connect, puback, publish, subscribe } from "../support/raw_packets.ts";

const TEXT = await Deno.readTextFile(new URL("../../docs/TROUBLESHOOTING.md", import.meta.url));
const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** The page's files, and users alice and bob. */
async function stage(): Promise<TempFolder> {
  const folder = new TempFolder();
  for (const [, name, content] of TEXT.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)) {
    folder.write(name!, content!);
  }
  for (const user of ["alice", "bob"]) {
    const args = ["passwd", "passwords.txt", user];
    await runMidge(args, { cwd: folder.path, stdin: `${user}\n` });
  }
  return folder;
}

/** What a command prints on the page. */
function shownFor(command: string): string[] {
  const block = TEXT.split(`\n$ ${command}\n`)[1]!.split("\n```")[0]!;
  return block.split("\n").map(steady);
}

/** What differs from run to run, made equal. */
function steady(line: string): string {
  return line
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "TIME")
    .replace(/^ {2}\d\d:\d\d:\d\d\.\d{3}/, "  TIME");
}

function login(clientId: string, username: string) {
  return { clientId, username, password: username };
}

Deno.test("docs/TROUBLESHOOTING.md: why", async () => {
  await using folder = await stage();
  await using midge = await MidgeProcess.start(["-c", "config.yaml"], { cwd: folder.path });
  const address = { hostname: "127.0.0.1", port: midge.port };
  await using wrong = await RawClient.dial(address);
  await wrong.send(connect({ clientId: "phone", username: "bob", password: "alice" }));
  await wrong.readToEnd();
  await using phone = await RawClient.open(address, login("phone", "bob"));
  await phone.send(publish("home/lamp", "on"), publish("home/lamp", "on"));
  await phone.send(subscribe(1, ["home/lamp", 0]));
  await phone.expectPacket("SUBACK");
  await using http = await RawClient.dial(address);
  await http.sendAnyway(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  await http.readToEnd();
  await http.close();
  await midge.line(/closed: this is an HTTP request/);
  const { stdout, code } = await runMidge(["why", "-c", "config.yaml"], { cwd: folder.path });
  assertEquals(stdout.map(steady), shownFor("midge why"));
  const json = await runMidge(["ctl", "why", "home/+", "--json", "-c", "config.yaml"], {
    cwd: folder.path,
  });
  assertEquals([code, json.code, json.stdout.length], [0, 0, 1]);
  assertEquals(JSON.parse(json.stdout[0]!).topic, "home/lamp");
  const none = await runMidge(["why", "--kind", "dropped", "-c", "config.yaml"], {
    cwd: folder.path,
  });
  assertEquals(none.stdout, ["nothing of that kind in the last hour"]);
});

/** A running `midge trace`. */
function trace(folder: TempFolder, ...args: string[]): Deno.ChildProcess {
  const flags = ["run", "--no-prompt", "--ignore-env", "-A", MAIN, "trace", ...args];
  const options = { cwd: folder.path, stdout: "piped", stderr: "piped" } as const;
  return new Deno.Command(Deno.execPath(), { args: flags, ...options }).spawn();
}

/** Waits until it says that it follows. */
async function hasBegun(child: Deno.ChildProcess): Promise<void> {
  const reader = child.stderr.getReader();
  const { value } = await reader.read();
  assertEquals(new TextDecoder().decode(value), "midge: following; Ctrl-C ends it\n");
  reader.releaseLock();
  await child.stderr.cancel();
}

/** Reads its output until there are that many lines, and goes on for a moment with nothing. */
async function linesOf(child: Deno.ChildProcess, count: number): Promise<string[]> {
  const decoder = new TextDecoder();
  let text = "";
  const reader = child.stdout.getReader();
  while (text.split("\n").length <= count) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return text.trimEnd().split("\n");
}

Deno.test("docs/TROUBLESHOOTING.md: trace, until Ctrl-C", async () => {
  await using folder = await stage();
  await using midge = await MidgeProcess.start(["-c", "config.yaml"], { cwd: folder.path });
  const address = { hostname: "127.0.0.1", port: midge.port };
  await using wall = await RawClient.open(address, login("wall", "bob"));
  await wall.send(subscribe(1, ["home/#", 1]));
  await wall.expectPacket("SUBACK");
  await using tablet = await RawClient.open(address, login("tablet", "bob"));
  await tablet.send(subscribe(1, ["home/#", 0]));
  await tablet.expectPacket("SUBACK");
  await using laptop = await RawClient.open(address, login("laptop", "alice"));
  await using phone = await RawClient.open(address, login("phone", "bob"));

  const child = trace(folder, "home/#", "-c", "config.yaml");
  await hasBegun(child);
  await laptop.send(publish("home/lamp", "on", { qos: 1, id: 1 }));
  await wall.expectPacket("PUBLISH");
  await wall.send(puback(1));
  const first = await linesOf(child, 7);
  await phone.send(publish("home/lamp", "on"));
  const second = await linesOf(child, 3);
  child.kill("SIGINT");
  assertEquals((await child.status).code, 0);
  await child.stdout.cancel();
  assertEquals([...first, ...second].map(steady), shownFor("midge trace home/#"));
});
