/**
 * `deno task mutants [--sample N] [--seed S] [--jobs J] [--minutes M] [--list] [FILE or FOLDER ...]`: which changes of
 * the code does no test notice? Prints survivors; those that README.md beside this file accepts are only counted.
 * Invariant: the same seed picks the same mutants of the same sources.
 */
import { parseArgs } from "node:util";
import { Random } from "../support/random.ts";
import type { Change } from "./operators.ts";
import { stepsOf, TARGETS } from "./steps.ts";
import { type Fate, Workshop } from "./workshop.ts";

/** One change of one file. */
interface Mutant {
  readonly file: string;
  readonly line: number;
  readonly change: Change;
  /** `before → after`, on one line: what README.md names it by. */
  readonly text: string;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "2" },
    minutes: { type: "string", default: "60" },
    list: { type: "boolean", default: false },
  },
});

const all = await findMutants(positionals.length > 0 ? positionals : TARGETS);
const mutants = values.sample === undefined ? all : sampled(all, Number(values.sample));
if (values.list) {
  for (const { file, line, text } of mutants) print(`${file}:${line}: ${text}`);
} else Deno.exitCode = await tryAll(mutants) ? 0 : 1;

/** All changes of these files, in their order. */
async function findMutants(places: readonly string[]): Promise<Mutant[]> {
  const config = new URL("lint.json", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["lint", "--json", "--config", config, ...places],
    stderr: "inherit",
  }).output();
  const found: Mutant[] = [];
  for (const one of JSON.parse(new TextDecoder().decode(stdout)).diagnostics) {
    const file = new URL(one.filename).pathname.slice(Deno.cwd().length + 1);
    const change: Change = JSON.parse(one.message);
    const source = await Deno.readTextFile(file);
    stepsOf(file); // what has no tests is said before any is tried
    found.push({ file, line: one.range.start.line, change, text: describe(source, change) });
  }
  return found;
}

/** The lines before and after the change, each as one. */
function describe(source: string, { start, end, text }: Change): string {
  const oneLine = (code: string) => code.replace(/\s+/g, " ").trim();
  const lineStart = source.lastIndexOf("\n", start) + 1;
  const lineEnd = source.indexOf("\n", end);
  const before = source.slice(lineStart, lineEnd);
  const after = source.slice(lineStart, start) + text + source.slice(end, lineEnd);
  return `${oneLine(before)} → ${oneLine(after)}`;
}

function sampled(mutants: readonly Mutant[], count: number): Mutant[] {
  const random = new Random(Number(values.seed));
  const rest = [...mutants];
  const picked: Mutant[] = [];
  while (picked.length < count && rest.length > 0) {
    picked.push(...rest.splice(random.below(rest.length), 1));
  }
  return picked;
}

/** Tries them side by side; answers whether every survivor is accepted. */
async function tryAll(mutants: readonly Mutant[]): Promise<boolean> {
  const accepted = await Deno.readTextFile(new URL("README.md", import.meta.url));
  const end = Date.now() + Number(values.minutes) * 60_000;
  const fates: Record<Fate | "accepted", number> = {
    killed: 0,
    "timed out": 0,
    survived: 0,
    accepted: 0,
  };
  const waiting = [...mutants];
  const work = async (workshop: Workshop) => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const { file, line, change, text } = one;
      const steps = stepsOf(file);
      if (Date.now() > end) return void waiting.unshift(one);
      await workshop.measure(steps);
      const fate = await workshop.try(file, change, steps);
      const isAccepted = fate === "survived" && accepted.includes(`${file}: ${text}`);
      fates[isAccepted ? "accepted" : fate]++;
      if (fate === "survived" && !isAccepted) print(`${file}:${line}: ${text}`);
    }
  };
  await using stack = new AsyncDisposableStack();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => void stack.disposeAsync().then(() => Deno.exit(1)));
  }
  const jobs = Array.from(
    { length: Number(values.jobs) },
    async () => work(stack.use(await Workshop.open())),
  );
  await Promise.all(jobs);
  const counts = Object.entries(fates).map(([fate, count]) => `${count} ${fate}`);
  print(`${mutants.length} mutants: ${counts.join(", ")}, ${waiting.length} not tried`);
  return fates.survived === 0;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
