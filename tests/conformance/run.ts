/**
 * `deno task conformance`: runs the suite against a broker given by address, or against Midge, which
 * it then starts itself. Prints one line a statement; exits with 1 where a statement failed.
 * Invariant: without --record nothing is written.
 */
import { parseArgs } from "@std/cli/parse-args";
import type { BrokerAddress } from "../support/raw_client.ts";
import { readRecorded, record, writeDocument } from "./recorded.ts";
import { document, lines, type Status } from "./report.ts";
import { type Outcome, playAll } from "./runner.ts";
import { nameOf, type Sequence } from "./sequence.ts";
import { SEQUENCES } from "./sequences/all.ts";
import type { Target } from "./stage.ts";
import { STATEMENTS } from "./statements.ts";

const USAGE = `deno task conformance [options]

  --broker HOST:PORT            the broker to test; Midge is started where it is absent
  --websocket HOST:PORT[/PATH]  its WebSocket listener
  --login USER:PASSWORD         a user it lets in, and refuses with another password
  --denied-topic TOPIC          a topic on which nobody may publish
  --only TEXT                   only sequences whose name or statements contain TEXT
  --verbose                     also one line a sequence
  --record "NAME VERSION"       store the outcomes and write docs/CONFORMANCE.md`;

interface Flags {
  broker?: string;
  websocket?: string;
  login?: string;
  "denied-topic"?: string;
  only?: string;
  record?: string;
  verbose: boolean;
  help: boolean;
}

const KNOWN = ["broker", "websocket", "login", "denied-topic", "only", "record"];

/** The flags, or one line that says what is wrong with them. */
function readFlags(args: string[]): Flags | string {
  let unknown: string | undefined;
  const flags = parseArgs(args, {
    string: KNOWN,
    boolean: ["verbose", "help"],
    unknown: (name: string) => {
      unknown ??= name;
      return false;
    },
  }) as unknown as Flags;
  return unknown === undefined ? flags : `unknown option ${unknown}; see --help`;
}

/** `HOST:PORT[/PATH]`; throws a line that says what was expected. */
function readAddress(text: string, flag: string): BrokerAddress & { path: string } {
  const match = /^(?:\[([^\]]+)\]|([^:/]+)):(\d{1,5})(\/.*)?$/.exec(text);
  if (!match) throw new Error(`--${flag} ${text}: expected HOST:PORT`);
  return { hostname: (match[1] ?? match[2])!, port: Number(match[3]), path: match[4] ?? "/mqtt" };
}

function readTarget(flags: Flags): Target {
  const { hostname, port } = readAddress(flags.broker!, "broker");
  const at = flags.login?.indexOf(":") ?? -1;
  if (flags.login !== undefined && at < 1) throw new Error(`--login: expected USER:PASSWORD`);
  return {
    address: { hostname, port },
    shared: true,
    ...(flags.websocket === undefined
      ? {}
      : { websocket: readAddress(flags.websocket, "websocket") }),
    ...(flags.login === undefined
      ? {}
      : { login: { username: flags.login.slice(0, at), password: flags.login.slice(at + 1) } }),
    ...(flags["denied-topic"] === undefined ? {} : { deniedTopic: flags["denied-topic"] }),
  };
}

function chosen(only: string | undefined): Sequence[] {
  const text = only ?? "";
  return SEQUENCES.filter((sequence) =>
    nameOf(sequence).includes(text) || sequence.ids.includes(text)
  );
}

async function outcomesOf(flags: Flags): Promise<Outcome[]> {
  const sequences = chosen(flags.only);
  if (flags.broker !== undefined) return await playAll(sequences, readTarget(flags));
  // Imported late: testing another broker loads nothing of Midge.
  const { startMidge } = await import("./midge.ts");
  await using midge = await startMidge();
  return await playAll(sequences, { ...midge.target, shared: true });
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

/** Runs the suite as the flags say; the exit code. */
async function main(args: string[]): Promise<number> {
  const flags = readFlags(args);
  if (typeof flags === "string" || flags.help) {
    print(typeof flags === "string" ? flags : USAGE);
    return typeof flags === "string" ? 2 : 0;
  }
  const outcomes = await outcomesOf(flags);
  const status: Record<string, Status> = {};
  const why: Record<string, string> = {};
  for (const outcome of outcomes) {
    const name = nameOf(outcome.sequence);
    status[name] = outcome.status;
    why[name] = outcome.why ?? "";
    if (flags.verbose) print(`${outcome.status} ${name}${outcome.why ? `: ${outcome.why}` : ""}`);
  }
  const shown = flags.only === undefined
    ? STATEMENTS
    : STATEMENTS.filter(({ id }) => outcomes.some(({ sequence }) => sequence.ids.includes(id)));
  for (const line of lines(shown, SEQUENCES, status, why)) print(line);
  const failed = outcomes.filter((outcome) => outcome.status === "fail").length;
  const skipped = outcomes.filter((outcome) => outcome.status === "skip").length;
  print(
    `${outcomes.length} sequences: ${
      outcomes.length - failed - skipped
    } passed, ${failed} failed, ${skipped} skipped`,
  );
  if (flags.record !== undefined) await store(flags, status);
  return failed > 0 && flags.record === undefined ? 1 : 0;
}

async function store(flags: Flags, outcomes: Record<string, Status>): Promise<void> {
  if (flags.only !== undefined) throw new Error("--record stores whole runs; leave --only out");
  await record({ broker: flags.record!, outcomes });
  await writeDocument(document(STATEMENTS, SEQUENCES, await readRecorded()));
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
    Deno.exitCode = 2;
  }
}
