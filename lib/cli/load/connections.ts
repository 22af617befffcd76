/** How fast a broker lets clients in: connections opened sixteen at a time and kept open to the end. */
import { LoadConnection } from "./connection.ts";
import type { Target } from "./target.ts";
import { Times } from "./percentiles.ts";
import type { Measured } from "./run.ts";

const AT_ONCE = 16;
/** Bytes: the generator's own buffers must not fill the machine. */
const SMALL_BUFFER = 64;

/** `rate` in connections a second; the time from dialling to CONNACK in microseconds. */
export async function openConnections(
  target: Target,
  count: number,
  progress?: (opened: number) => void,
): Promise<Measured> {
  const opened: LoadConnection[] = [];
  const times = new Times();
  let next = 0;
  const lane = async () => {
    for (let i = next++; i < count; i = next++) {
      const start = performance.now();
      opened.push(await LoadConnection.open(target, `connection${i}`, SMALL_BUFFER));
      times.add(performance.now() - start);
      progress?.(opened.length);
    }
  };
  const start = performance.now();
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    const seconds = (performance.now() - start) / 1000;
    return { rate: count / seconds, ...times.percentiles() };
  } finally {
    for (const connection of opened) connection.close();
  }
}
