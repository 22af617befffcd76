/** Clients that do nothing, for what a connection costs. */
import type { LoadConnection } from "../../lib/cli/load/connection.ts";
import { openAll } from "../../lib/cli/load/open.ts";
import type { Target } from "../../lib/cli/load/target.ts";

/** Bytes: the generator's own buffers must not fill the machine. */
const SMALL_BUFFER = 64;

/** Opens `count` clients with a subscription each, of their own. */
export function openIdle(target: Target, name: string, count: number): Promise<LoadConnection[]> {
  return openAll(
    target,
    name,
    count,
    SMALL_BUFFER,
    (connection, i) => connection.subscribe([`bench/${name}/${i}`], 0),
  );
}
