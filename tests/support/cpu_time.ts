/** What work costs, where a test bounds it. Invariant: that the machine was busy elsewhere does not count. */
import process from "node:process";

/** Milliseconds of CPU that this process has taken in all its threads. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
