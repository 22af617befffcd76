/** What an idle connection takes: the process's memory, and of it V8's heap by constructor. */
import type { LoadConnection } from "../../lib/cli/load/connection.ts";
import { delay } from "../../lib/cli/load/run.ts";
import { tcpTarget } from "../../lib/cli/load/target.ts";
import { openIdle } from "../load/idle_clients.ts";
import { residentBytes } from "../memory.ts";
import { type Looked, startLooked } from "./broker.ts";
import { constructorsOf, grownBy, type Kept } from "./heap.ts";
import { Inspector } from "./inspector.ts";

/** Connections before those that count: code, tables and the heap's first room are shared. */
const FIRST = 1000;
const MORE = 4000;
const SETTLE = 3000;

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
  const resident = await grown(false, async ({ pid }) => {
    await delay(SETTLE);
    return residentBytes(pid);
  });
  const [before, after] = await heaps();
  const constructors = grownBy(before, after, MORE);
  const heap = constructors.reduce((sum, { size }) => sum + size, 0);
  return { resident: (resident[1] - resident[0]) / MORE, heap, constructors };
}

async function heaps(): Promise<[Map<string, Kept>, Map<string, Kept>]> {
  return await grown(true, async ({ inspectorPort }) => {
    using inspector = await Inspector.connect(inspectorPort);
    return constructorsOf(await inspector.snapshot());
  });
}

/** Looks with the first connections, and with those more. */
async function grown<T>(
  isInspected: boolean,
  look: (looked: Looked) => Promise<T>,
): Promise<[T, T]> {
  await using looked = await startLooked("", isInspected);
  const target = tcpTarget(looked.broker.address);
  const opened: LoadConnection[] = await openIdle(target, "first", FIRST);
  const before = await look(looked);
  opened.push(...await openIdle(target, "more", MORE));
  const after = await look(looked);
  for (const connection of opened) connection.close();
  return [before, after];
}
