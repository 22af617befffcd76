/**
 * A program of someone else's as a plain process: a proxy in front of the broker. Where it is not installed its tests
 * are skipped and say so. Invariant: after disposal no process is left.
 */
import { optionalTest } from "./optional.ts";
import { kill } from "./kill.ts";
import { PATIENCE_MS } from "./patience.ts";

/** The first of these names that can be run; Debian puts some where ordinary users' PATH does not reach. */
async function findProgram(name: string, versionFlag: string): Promise<string | undefined> {
  for (const path of [name, `/usr/sbin/${name}`, `/usr/local/sbin/${name}`]) {
    try {
      const command = new Deno.Command(path, {
        args: [versionFlag],
        stdout: "null",
        stderr: "null",
      });
      await command.output();
      return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/**
 * Registers a test that needs a program. Await it: it looks whether the program is there.
 * @param also further files that have to be there
 */
export async function programTest(
  name: string,
  versionFlag: string,
  title: string,
  run: (program: string) => Promise<void>,
  also: readonly string[] = [],
): Promise<void> {
  const program = await findProgram(name, versionFlag);
  const absent = also.find((path) => !exists(path));
  const missing = program === undefined
    ? `${name} is not installed`
    : absent === undefined
    ? undefined
    : `there is no ${absent}`;
  optionalTest(missing, title, () => run(program!));
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** How to run one. */
export interface ProgramOptions {
  readonly args: readonly string[];
  /** Its home, for what it writes. */
  readonly folder: string;
  /** It is running once someone listens there. */
  readonly listensOn: { readonly hostname: string; readonly port: number };
}

/** Starts it, and waits until it listens. */
export async function startProgram(
  program: string,
  { args, folder, listensOn }: ProgramOptions,
): Promise<AsyncDisposable> {
  const child = new Deno.Command(program, {
    args: [...args],
    cwd: folder,
    env: { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const complaints = new Response(child.stderr).text();
  let isOver = false;
  const ended = child.status.then(() => void (isOver = true));
  const stop = async () => {
    kill(child);
    await ended;
    await complaints;
  };
  if (await listening(listensOn, () => isOver)) return { [Symbol.asyncDispose]: stop };
  await stop();
  throw new Error(`${program} does not listen; it said: ${await complaints}`);
}

async function listening(
  address: { readonly hostname: string; readonly port: number },
  isOver: () => boolean,
): Promise<boolean> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!isOver() && performance.now() < deadline) {
    try {
      (await Deno.connect(address)).close();
      return true;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return false;
}
