/** What an idle connection takes: the process's memory, and of it V8's heap by constructor. */
import type { LoadConnection } from "../../lib/cli/load/connection.ts";
import { openAll } from "../../lib/cli/load/open.ts";
import { delay } from "../../lib/cli/load/run.ts";
import { tcpTarget } from "../../lib/cli/load/target.ts";
import { residentBytes } from "../memory.ts";
import { type Looked, startLooked } from "./broker.ts";
import { constructorsOf, grownBy, type Kept } from "./heap.ts";
import { Inspector } from "./inspector.ts";

/** Connections before those that count: code, tables and the heap's first room are shared. */
const FIRST = 1000;
const MORE = 4000;
const SETTLE = 3000;
const SMALL_BUFFER = 64;

/** Of each connection. */
export interface IdleLook {
  /** Bytes of the process (RSS), without an inspector. */
  readonly resident: number;
  /** Bytes on V8's heap. */
  readonly heap: number;
  /** Of it. */
  readonly constructors: readonly { name: string; count: number; size: number }[];
}

/** Looks at two fresh processes: one for its memory, one for its heap. */
export async function idleLook(): Promise<IdleLook> {
  const resident = await grown("", false, async ({ pid }) => {
    await delay(SETTLE);
    return residentBytes(pid);
  });
  const [before, after] = await heaps();
  const constructors = grownBy(before, after, MORE);
  const heap = constructors.reduce((sum, { size }) => sum + size, 0);
  return { resident: (resident[1] - resident[0]) / MORE, heap, constructors };
}

async function heaps(): Promise<[Map<string, Kept>, Map<string, Kept>]> {
  const looks = await grown("", true, async ({ inspectorPort }) => {
    using inspector = await Inspector.connect(inspectorPort);
    return constructorsOf(await inspector.snapshot());
  });
  return looks;
}

/** Looks with the first connections, and with those more. */
async function grown<T>(
  v8: string,
  isInspected: boolean,
  look: (looked: Looked) => Promise<T>,
): Promise<[T, T]> {
  await using looked = await startLooked(v8, isInspected);
  const target = tcpTarget(looked.broker.address);
  const open = (name: string, count: number) =>
    openAll(
      target,
      name,
      count,
      SMALL_BUFFER,
      (connection, i) => connection.subscribe([`profile/${name}/${i}`], 0),
    );
  const opened: LoadConnection[] = await open("first", FIRST);
  const before = await look(looked);
  opened.push(...await open("more", MORE));
  const after = await look(looked);
  for (const connection of opened) connection.close();
  return [before, after];
}
