/**
 * Puts drafts into their places, all or none. Invariants: the moves are on the disk as a plan before the first is made; a
 * move that fails takes back those before it; a process that ends in the middle leaves the plan, with which they are
 * finished.
 */
import { dirname, join } from "node:path";
import { array, type GenericSchema, object, safeParse, string, tuple } from "valibot";
import { writeNew } from "./copy_file.ts";
import { newerFormat } from "../formats.ts";
import { RESTORE_PLAN } from "../restore_plan.ts";
import { readText, whyUnwritable } from "../text_file.ts";
import { messageOf, UserError } from "../user_error.ts";
import { VERSION } from "../version.ts";
import { lookAt } from "./looking.ts";
import { checkOwnFolder } from "./own_folder.ts";
import { syncFolder } from "../platform.ts";

/** What is to be moved where. */
export type Move = readonly [from: string, to: string];

/** What is to be done. */
export interface Plan {
  /** What is there and has to make room: made first. */
  readonly aside: readonly Move[];
  /** Drafts to their places. */
  readonly put: readonly Move[];
  /** The folders of drafts, which are removed when all is done. */
  readonly stages: readonly string[];
}

const PLAN_VERSION = 1;

/** The plan of a restore under way. `base`: the folder of the configuration. */
export function planPath(base: string): string {
  return join(base, ...RESTORE_PLAN);
}

/** Writes the plan: from now on the restore is finished, now or later. */
export async function writePlan(base: string, plan: Plan): Promise<void> {
  const text = JSON.stringify({ version: PLAN_VERSION, midge: VERSION, ...plan });
  const path = planPath(base);
  await writeNew(`${path}.draft`, [new TextEncoder().encode(text)]);
  await Deno.rename(`${path}.draft`, path);
  await syncFolder(dirname(path));
}

/** The plan that a restore has left which was ended in the middle; undefined: there is none. @throws UserError */
export async function readPlan(base: string): Promise<Plan | undefined> {
  const path = planPath(base);
  if (await lookAt(path) === undefined) return undefined;
  await checkOwnFolder(dirname(path)); // who may write a plan has this process move and remove files
  const plan = parsed(await readText(path));
  const { version, midge } = Object(plan) as Readonly<Record<string, unknown>>;
  const newer = newerFormat(version, PLAN_VERSION, midge);
  if (newer !== undefined) throw new UserError(`${path}: ${newer}`);
  const result = safeParse(PLAN, plan);
  if (result.success) return result.output;
  throw new UserError(`${path}: is damaged; expected the plan of a restore`);
}

const MOVES = array(tuple([string(), string()]));
const PLAN: GenericSchema<unknown, Plan> = object({
  aside: MOVES,
  put: MOVES,
  stages: array(string()),
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How moves are made. */
export interface Mover {
  readonly rename: (from: string, to: string) => void;
  /** A process before this one has begun: what it did cannot be told from what is to stay, and is not taken back. */
  readonly isResumed: boolean;
}

/**
 * Makes the moves that are not made yet.
 * @throws UserError where one fails: those before it are taken back then, and the plan is gone
 */
export async function carryOut(
  base: string,
  plan: Plan,
  { rename, isResumed }: Mover = { rename: Deno.renameSync, isResumed: false },
): Promise<void> {
  const made: Move[] = [];
  for (const [moves, isDone] of [[plan.aside, isAside], [plan.put, isPut]] as const) {
    for (const move of moves) {
      const [from, to] = move;
      try {
        if (await isDone(move)) continue;
        rename(from, to);
      } catch (cause) {
        const why = `${to}: ${cause instanceof UserError ? cause.message : whyUnwritable(cause)}`;
        if (isResumed) throw new UserError(`${why}; midge restore --resume tries again`, { cause });
        await takeBack(base, made, rename);
        throw new UserError(`${why}; nothing was changed`, { cause });
      }
      made.push(move);
    }
  }
  const folders = new Set([...plan.aside, ...plan.put].flat().map((path) => dirname(path)));
  for (const folder of folders) await syncFolder(folder).catch(() => {}); // one that we may not read
  await Deno.remove(planPath(base));
  await syncFolder(dirname(planPath(base)));
}

/** What has come in its place since is no reason to do it again. */
async function isAside([from, to]: Move): Promise<boolean> {
  return await lookAt(to) !== undefined || await lookAt(from) === undefined;
}

async function isPut([from, to]: Move): Promise<boolean> {
  const isThere = await lookAt(to) !== undefined;
  if (await lookAt(from) === undefined) return true;
  if (isThere) throw new UserError("has come there meanwhile by another hand; expected nothing");
  return false;
}

async function takeBack(
  base: string,
  made: readonly Move[],
  rename: Mover["rename"],
): Promise<void> {
  for (const [from, to] of made.toReversed()) {
    try {
      rename(to, from);
    } catch (cause) {
      throw new UserError(
        `${to}: cannot be taken back: ${
          messageOf(cause)
        }; midge restore --resume finishes what was begun`,
        { cause },
      );
    }
  }
  await Deno.remove(planPath(base));
}
