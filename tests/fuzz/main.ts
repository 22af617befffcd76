/**
 * `deno task fuzz`: mutated packets and frames for a running broker, and beside them a client that counts what it sent
 * and received. Invariants: the same seed gives the same cases; exit code 1 and one line for each finding.
 */
import { parseArgs } from "node:util";
import { writeAll } from "../../lib/io.ts";
import type { TcpAddress } from "../../lib/cli/load/target.ts";
import { messageOf, UserError } from "../../lib/user_error.ts";
import {
  caseOf,
  type FuzzCase,
  readCases,
  type Transport,
  TRANSPORTS,
  writeCases,
} from "./fuzz_case.ts";
import { fuzz, type Outcome, witnessLine } from "./fuzz.ts";
import { mega } from "./judge.ts";
import { Suspect } from "./suspect.ts";

const USAGE = `deno task fuzz [options]

  --transport tcp|ws   what the broker's listener speaks (default tcp)
  --seconds N          how long (default 30)
  --hang N             what takes the broker longer is a finding, in seconds (default 5; more on a busy machine)
  --seed S             the cases (default: by the clock; it is printed)
  --broker HOST:PORT   a broker that runs already; without it Midge is started, and its log and memory are watched too
  --replay FILE        the cases of a file, one after another
  --out FOLDER         where a file with the cases behind a finding goes (default: a new temporary folder)
`;

interface Options {
  readonly transport: Transport;
  readonly seconds: number;
  readonly hang: number;
  readonly seed: number;
  readonly broker: TcpAddress | undefined;
  readonly replay: readonly FuzzCase[] | undefined;
  readonly out: string | undefined;
}

async function main(args: string[]): Promise<number> {
  if (args.includes("--help")) return await say(USAGE, 0);
  const options = await optionsOf(args);
  await using suspect = options.broker === undefined
    ? await Suspect.start(options.transport)
    : undefined;
  const address = options.broker ?? suspect!.address;
  const { transport, replay } = options;
  const outcome = await fuzz({
    address,
    transport,
    suspect,
    hangMs: options.hang * 1000,
    next: replay === undefined ? casesOf(options) : inTurn(replay),
    ...(replay !== undefined && { lanes: 1 }),
  });
  await say(reportOf(options, outcome), 0);
  if (outcome.findings.length === 0) return 0;
  return await say(`the cases are in ${await keep(options, outcome)}\n`, 1);
}

/** Case after case until the time is over. */
function casesOf({ seed, seconds, transport }: Options): () => FuzzCase | undefined {
  const end = performance.now() + seconds * 1000;
  let number = 0;
  return () => performance.now() < end ? caseOf(seed, number++, transport) : undefined;
}

function inTurn(cases: readonly FuzzCase[]): () => FuzzCase | undefined {
  const left = cases.values();
  return () => left.next().value;
}

function reportOf({ transport, seed, replay }: Options, outcome: Outcome): string {
  const { findings, played, witness, resident: [before, after] } = outcome;
  const memory = Number.isNaN(before)
    ? ""
    : `memory (RSS): ${mega(before)} MB before, ${mega(after)} MB after\n`;
  const lines = findings.map((line) => `FOUND ${line}\n`).join("");
  const source = replay === undefined ? `seed ${seed}` : "a replay";
  return `${transport}, ${source}: ${played} cases\n${
    witnessLine(witness)
  }\n${memory}${lines}${findings.length} findings\n`;
}

async function keep({ out, seed, transport }: Options, outcome: Outcome): Promise<string> {
  const folder = out ?? await Deno.makeTempDir({ prefix: "midge_fuzz_" });
  await Deno.mkdir(folder, { recursive: true });
  const { findings, cases } = outcome;
  const file = `${folder}/${transport}-${seed}-${cases.at(-1)?.number ?? 0}.txt`;
  await Deno.writeTextFile(file, writeCases(`seed ${seed}; ${findings.join("; ")}`, cases));
  return file;
}

async function optionsOf(args: string[]): Promise<Options> {
  const { values } = parseArgs({
    args,
    options: {
      transport: { type: "string" },
      seconds: { type: "string", default: "30" },
      hang: { type: "string", default: "5" },
      seed: { type: "string", default: `${Date.now() % 1_000_000}` },
      broker: { type: "string" },
      replay: { type: "string" },
      out: { type: "string" },
    },
  });
  const replay = values.replay === undefined ? undefined : await casesIn(values.replay);
  const given = values.transport ?? replay?.[0]?.transport ?? "tcp";
  const transport = TRANSPORTS.find((one) => one === given);
  if (transport === undefined) {
    throw new UserError(`--transport ${given}: expected ${TRANSPORTS.join(" or ")}`);
  }
  return {
    transport,
    seconds: numberOf("--seconds", values.seconds),
    hang: numberOf("--hang", values.hang),
    seed: numberOf("--seed", values.seed),
    broker: values.broker === undefined ? undefined : addressOf(values.broker),
    replay,
    out: values.out,
  };
}

async function casesIn(file: string): Promise<FuzzCase[]> {
  try {
    return readCases(await Deno.readTextFile(file), file);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`--replay ${file}: cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function numberOf(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UserError(`${name} ${text}: expected a whole number`);
  return Number(text);
}

function addressOf(text: string): TcpAddress {
  const match = /^(.+):(\d+)$/.exec(text);
  if (match?.[1] === undefined) throw new UserError(`--broker ${text}: expected HOST:PORT`);
  return { hostname: match[1], port: Number(match[2]) };
}

async function say(text: string, code: number): Promise<number> {
  await writeAll(Deno.stdout, new TextEncoder().encode(text));
  return code;
}

try {
  Deno.exit(await main(Deno.args));
} catch (error) {
  await writeAll(Deno.stderr, new TextEncoder().encode(`fuzz: ${messageOf(error)}\n`));
  Deno.exit(2);
}
