/**
 * `deno task bench:access`: what access control costs. Prints three lines: the publish throughput with 200 rules
 * and warm caches against none, and the publish latency while fifty clients a second log in with argon2id
 * hashes against nobody. Both sides take turns on this machine; medians of RUNS runs.
 */
import { midge, type RunningBroker } from "./brokers.ts";
import { encodePacket } from "../lib/wire/codec.ts";

const RUNS = 5;
const LOGINS_PER_SECOND = 50;
const LOAD_PATIENCE = 60_000;
const RULES = 200;
/** Failures of one user would be slowed down: every login is another user's. */
const USERS = 5000;

interface Measured {
  readonly rate?: number;
  readonly p50?: number;
  readonly p99?: number;
}

async function main(): Promise<void> {
  const passwords = await Deno.makeTempFile();
  const { hashPassword } = await import("../sources.ts");
  const hash = await hashPassword("correct horse", "argon2id");
  const users = Array.from({ length: USERS }, (_, i) => `user${i}:${hash}\n`);
  await Deno.writeTextFile(passwords, users.join(""));
  await compareRules();
  await compareLogins(passwords);
  await Deno.remove(passwords);
}

async function compareRules(): Promise<void> {
  await using plain = await started("plugins: {auth_anonymous: }\n");
  await using ruled = await started(
    `plugins:\n  auth_anonymous:\n  acl_file: {rules: [${rules()}]}\n`,
  );
  const rates = await takeTurns(() => load("pairs-qos0", plain), () => load("pairs-qos0", ruled));
  const [none, some] = rates.map((runs) => median(runs.map(({ rate }) => rate ?? 0)));
  print(`publish, QoS 0, 10 pairs: ${some! / none!} times the throughput with ${RULES} rules`);
}

/** Rules about other users' topics, and at the end one for everybody. */
function rules(): string {
  const about = Array.from(
    { length: RULES - 1 },
    (_, i) => `{permission: allow, user: u${i}, action: all, topics: ["site/${i}/#"]}`,
  );
  return [...about, "{permission: allow, all: true, action: all, topics: all}"].join(", ");
}

async function compareLogins(passwords: string): Promise<void> {
  const plugins = `plugins:\n  auth_anonymous:\n  auth_file: {password_file: ${passwords}}\n`;
  await using broker = await started(plugins);
  const counts: number[] = [];
  const [quiet, busy] = await takeTurns(
    () => load("latency", broker),
    async () => {
      const storm = logIn(broker);
      const measured = await load("latency", broker);
      counts.push(await storm.stop());
      return measured;
    },
  );
  for (const figure of ["p50", "p99"] as const) {
    const [before, during] = [quiet, busy].map((runs) =>
      median(runs!.map((one) => one[figure] ?? 0))
    );
    print(
      `publish latency ${figure}: ${during} microseconds while clients log in, ${before} without`,
    );
  }
  print(`logins answered in a run: ${counts.join(", ")}`);
}

/** Fifty logins a second, each with a wrong password, so that none is remembered. */
function logIn({ address }: RunningBroker): { stop(): Promise<number> } {
  const logins = new Set<Promise<void>>();
  let answered = 0;
  let count = 0;
  const timer = setInterval(() => {
    const login = oneLogin(address, `user${count++ % USERS}`)
      .then((wasAnswered) => void (answered += wasAnswered ? 1 : 0))
      .finally(() => logins.delete(login));
    logins.add(login);
  }, 1000 / LOGINS_PER_SECOND);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.allSettled(logins);
      return answered;
    },
  };
}

async function oneLogin(
  address: RunningBroker["address"],
  username: string,
): Promise<boolean> {
  using connection = await Deno.connect(address);
  await connection.write(encodePacket({
    type: "connect",
    protocolLevel: 4,
    clientId: `login-${username}`,
    cleanSession: true,
    keepAlive: 0,
    username,
    password: new TextEncoder().encode(`wrong ${username}`),
  }));
  return await connection.read(new Uint8Array(4)) === 4;
}

async function started(config: string): Promise<RunningBroker & AsyncDisposable> {
  const broker = await midge(config).start();
  return { ...broker, [Symbol.asyncDispose]: () => broker.stop() };
}

async function load(name: string, { address, pid }: RunningBroker): Promise<Measured> {
  const generator = new URL("load/main.ts", import.meta.url).href;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      generator,
      name,
      `${address.hostname}:${address.port}`,
      ...(pid === undefined ? [] : ["--pid", `${pid}`]),
    ],
    signal: AbortSignal.timeout(LOAD_PATIENCE),
  }).output();
  if (!success) throw new Error(`${name} failed: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout)) as Measured;
}

async function takeTurns<T>(...sides: (() => Promise<T>)[]): Promise<T[][]> {
  const results: T[][] = sides.map(() => []);
  for (let run = 0; run < RUNS; run++) {
    for (const [i, side] of sides.entries()) results[i]!.push(await side());
  }
  return results;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

await main();
