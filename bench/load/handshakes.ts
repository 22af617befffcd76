/**
 * How fast a broker lets clients in over a transport: each dials, says CONNECT, is let in and closes. Invariant: no
 * TLS session is resumed, each handshake is a whole one.
 */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import type { Target } from "../../lib/cli/load/target.ts";

/** Bytes: a CONNACK is small. */
const BUFFER = 64;

/** Opens and closes `count` connections, `atOnce` at a time; seconds. */
export async function handshakes(
  target: Target,
  count: number,
  atOnce: number,
): Promise<number> {
  let left = count;
  const lane = async () => {
    while (left-- > 0) {
      (await LoadConnection.open(target, `handshake${left}`, BUFFER)).close();
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: atOnce }, lane));
  return (performance.now() - start) / 1000;
}
