/**
 * The console sessions of docs/ACCESS.md, as people would type them: their files are written, their commands run,
 * and what they print is what the page shows, apart from times, ports and process ids.
 */
import { assert, assertEquals } from "@std/assert";
import { MidgeProcess, runMidge, TempFolder } from "../support/midge_process.ts";
import { RawClient } from "../support/raw_client.ts";
import { publish, subscribe } from "../support/raw_packets.ts";

const TEXT = await Deno.readTextFile(new URL("../../docs/ACCESS.md", import.meta.url));

/** A command and what it prints. */
interface Exchange {
  readonly args: readonly string[];
  readonly printed: readonly string[];
}

/** The blocks with a file name behind their language: name -> content. */
function namedBlocks(): Map<string, string> {
  const blocks = [...TEXT.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)];
  return new Map(blocks.map(([, name, content]) => [name!, content!]));
}

/** The commands of the console blocks below a heading. */
function sessionBelow(heading: string): Exchange[] {
  const section = TEXT.slice(TEXT.indexOf(`\n## ${heading}\n`)).split(/\n## /)[1]!;
  const [, content] = /^```console\n(.*?)^```$/ms.exec(section)!;
  return content!.split(/^\$ midge /m).slice(1).map((text) => {
    const [command, ...printed] = text.trimEnd().split("\n");
    return { args: command!.split(" "), printed };
  });
}

/** A folder with the page's files; its broker takes any free port. */
function makeFolder(): TempFolder {
  const folder = new TempFolder();
  for (const [name, content] of namedBlocks()) folder.write(name, content);
  const config = folder.read("config.yaml");
  folder.write("config.yaml", `${config}listeners: {default: {bind: "127.0.0.1:0"}}\n`);
  return folder;
}

/** What differs from run to run, made equal. */
function steady(line: string): string {
  return line
    .replace(/process \d+, up \d+ s$/, "process N, up N s")
    .replace(/127\.0\.0\.1:\d+ */, "127.0.0.1:N ")
    .replace(/\(\d+(\.\d+)? (us|ms)\)$/, "(time)")
    .replace(/; [\d.]+ ms each, [\d.]+ at worst$/, "; time")
    .replace(/for [\d.]+ s more/, "for N s more")
    .replace(/(default +3\.1\.1 +)\d+ /, "$1N ")
    .replace(/\d+ bytes in, \d+ bytes out/, "N bytes in, N bytes out");
}

async function replay(exchanges: readonly Exchange[], folder: TempFolder): Promise<void> {
  assert(exchanges.length > 0);
  for (const { args, printed } of exchanges) {
    const { code, stdout, stderr } = await runMidge(args, { cwd: folder.path });
    assertEquals(stdout.map(steady), printed.map(steady), args.join(" "));
    assertEquals([code, stderr], [0, []], args.join(" "));
  }
}

for (const heading of ["Explaining a decision", "Testing rules"]) {
  Deno.test(`docs/ACCESS.md: ${heading}`, async () => {
    await using folder = makeFolder();
    await replay(sessionBelow(heading), folder);
  });
}

Deno.test("docs/ACCESS.md: Management", async () => {
  await using folder = makeFolder();
  await using midge = await MidgeProcess.start(["-c", "config.yaml"], { cwd: folder.path });
  const address = { hostname: "127.0.0.1", port: midge.port };
  await using phone = await RawClient.open(address, { clientId: "phone", username: "alice" });
  await phone.send(subscribe(1, ["home/door", 0]), publish("home/lamp", "on"));
  await phone.expectPacket("SUBACK");
  await phone.expectNothing();
  await replay(sessionBelow("Management"), folder);
  await phone.expectClosed();
});
