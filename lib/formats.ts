/**
 * What is said of a file that a newer Midge has written. Invariant: the line names the version that wrote it, where that is
 * known, the version of this one, and what to do.
 */
import { VERSION } from "./version.ts";

/**
 * The line for a format that is too new, to follow a file's name; undefined: this Midge reads it.
 * @param format as it stands in the file
 * @param newest the newest that this one reads
 * @param writer the version of the Midge that wrote it, as far as the file says it
 * @param word what the number is called
 */
export function newerFormat(
  format: unknown,
  newest: number,
  writer?: unknown,
  word = "format",
): string | undefined {
  if (typeof format !== "number" || format <= newest) return undefined;
  const who = typeof writer === "string" && /^\d+\.\d+\.\d+/.test(writer)
    ? `Midge ${writer.slice(0, 20)}`
    : "a newer Midge";
  return `written by ${who} (${word} ${format}); this is ${VERSION}, which reads up to ${newest}: ` +
    `run ${
      who === "a newer Midge" ? "that one" : who
    } or a newer one, or restore a backup made before the upgrade`;
}
