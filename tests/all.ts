/**
 * `deno task test [FILE or FOLDER ...]`: all tests in two processes side by side, or the named ones in one. Most of
 * their time is waiting, for servers and programs that start. Invariants: every folder and file is in one of the halves; the
 * last line is that of `deno test`, with the numbers of both.
 */
import { writeAll } from "../lib/io.ts";

/** Tests beside programs of others: databases, brokers, clients. All other folders are the other half. */
const SERVERS = ["acme", "browser", "docs", "integration", "plugins", "services"];
const FLAGS = [
  "--lock=deno.lock",
  "--no-prompt",
  "--sanitize-ops",
  "--sanitize-resources",
  "--v8-flags=--max-semi-space-size=8",
  "--allow-all", // tests start programs anyway; the browser's driver looks into /proc, which takes all rights
];

/** What one run of `deno test` came to. */
export interface Result {
  readonly isGood: boolean;
  readonly passed: number;
  readonly failed: number;
}

/** The folders and files of tests, those with servers and the others. */
export function halvesOf(names: readonly string[]): [string[], string[]] {
  const isServer = (name: string) => SERVERS.includes(name);
  const paths = (some: string[]) => some.sort().map((name) => `tests/${name}`);
  return [paths(names.filter(isServer)), paths(names.filter((name) => !isServer(name)))];
}

/** The numbers in the last summary that `deno test` has printed; one failure where there is none. */
export function readSummary(output: string, success: boolean): Result {
  const [passed, failed] = [...output.matchAll(/\| (\d+) passed.*\| (\d+) failed/g)].at(-1)
    ?.slice(1).map(Number) ?? [0, 1];
  return { isGood: success && failed === 0, passed: passed!, failed: failed! };
}

/** Runs tests and gives what they printed; shows it meanwhile, where it is wanted. */
async function runTests(paths: readonly string[], isShown: boolean): Promise<[string, Result]> {
  const { stdout, status } = new Deno.Command(Deno.execPath(), {
    args: ["test", ...FLAGS, ...paths],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const decoder = new TextDecoder();
  let output = "";
  for await (const chunk of stdout) {
    output += decoder.decode(chunk, { stream: true });
    if (isShown) await writeAll(Deno.stdout, chunk);
  }
  return [output, readSummary(output, (await status).success)];
}

async function runAll(): Promise<Result[]> {
  const names = [...Deno.readDirSync(new URL(".", import.meta.url))]
    .filter(({ isDirectory, name }) => isDirectory || name.endsWith("_test.ts"))
    .map(({ name }) => name);
  const [first, second] = halvesOf(names);
  const [[, one], [unseen, two]] = await Promise.all([
    runTests(first, true),
    runTests(second, false),
  ]);
  await print(unseen);
  return [one, two];
}

function print(text: string): Promise<void> {
  return writeAll(Deno.stdout, new TextEncoder().encode(text));
}

async function main(): Promise<void> {
  const start = Date.now();
  const results = Deno.args.length === 0 ? await runAll() : [(await runTests(Deno.args, true))[1]];
  const isGood = results.every((one) => one.isGood);
  const sum = (key: "passed" | "failed") => results.reduce((all, one) => all + one[key], 0);
  const seconds = Math.round((Date.now() - start) / 1000);
  const verdict = isGood ? "ok" : "FAILED";
  await print(`\n${verdict} | ${sum("passed")} passed | ${sum("failed")} failed (${seconds}s)\n`);
  Deno.exitCode = isGood ? 0 : 1;
}

if (import.meta.main) await main();
