/**
 * The first start of a clone on a fresh machine: what Deno fetches before the broker listens. Run by
 * `deno task test:cold`, for it needs the network; not part of `deno task test`.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { TempFolder } from "./support/midge_process.ts";

const ROOT = new URL("../", import.meta.url);
/** deno-std, LogTape and valibot: a list of versions and an archive each. */
const MOST_DOWNLOADS = 6;
/** A line of the log when it is over. */
const LISTENS = "listener default";
/** A network may be slow. */
const DEADLINE_MS = 300_000;

/** Starts the task with an empty cache; what it has printed up to the line that is waited for, or to its end. */
async function startCold(
  folder: TempFolder,
  line: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const config = folder.write(
    "c.yaml",
    `listeners: {default: {bind: "127.0.0.1:0"}}\nplugins: {auth_anonymous: null, ` +
      `broker_sys: null, event_logger: null, packet_logger: null, dashboard: {bind: "127.0.0.1:0"}}\n`,
  );
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "start", "--config", config, "--data-dir", `${folder.path}/data`],
    cwd: ROOT,
    env: { DENO_DIR: `${folder.path}/cache`, NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).spawn();
  let text = "";
  for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes(line)) break;
  }
  try {
    child.kill("SIGTERM");
  } catch { /* it has ended */ }
  await child.status;
  return text;
}

/** What a first start says, in the end: a network may hiccup. */
async function downloaded(): Promise<string> {
  let text = "";
  for (let tries = 0; tries < 3 && !text.includes(LISTENS); tries++) {
    await using folder = new TempFolder();
    text = await startCold(folder, LISTENS);
  }
  return text;
}

function downloads(text: string): string[] {
  return text.split("\n").filter((line) => line.startsWith("Download "));
}

Deno.test("a first start fetches what the broker needs, and no more", async () => {
  const text = await downloaded();
  assertStringIncludes(text, LISTENS);
  const fetched = downloads(text.slice(0, text.indexOf(LISTENS)));
  assert(fetched.length <= MOST_DOWNLOADS, `${fetched.length} downloads:\n${fetched.join("\n")}`);
});

Deno.test("without a network a first start says so in one line, with a next step", async () => {
  await using folder = new TempFolder();
  const text = await startCold(folder, "never", { HTTPS_PROXY: "http://127.0.0.1:9" });
  const lines = text.trim().split("\n").filter((line) => !/^(?:Task|Download) /.test(line));
  assertEquals(lines.length, 1, text);
  assertStringIncludes(
    lines[0]!,
    "could not be fetched: it takes the network, once; `deno install",
  );
});
