/** Opens many connections. Invariant: a broker is not asked for more than a few at once. */
import { LoadConnection } from "./connection.ts";
import type { Target } from "./target.ts";

/** Connections that are opened at the same time. */
const LANES = 16;

/** A read buffer that holds any packet with that many bytes of payload. */
export function bufferFor(size: number): number {
  return Math.max(65_536, 2 * size);
}

/**
 * Opens `count` connections, sixteen at a time; client ids are `${name}${index}`. `first` is what
 * each does at once, a subscription for example.
 */
export async function openAll(
  target: Target,
  name: string,
  count: number,
  bufferSize?: number,
  first?: (connection: LoadConnection, index: number) => Promise<void>,
): Promise<LoadConnection[]> {
  const opened = new Array<LoadConnection>(count);
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < count; i = next++) {
      const connection = await LoadConnection.open(target, `${name}${i}`, bufferSize);
      opened[i] = connection;
      await first?.(connection, i);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return opened;
}
