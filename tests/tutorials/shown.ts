/**
 * Is what a command printed what the page shows? Invariant: moments are not compared; `...` on the page stands for any text within a
 * line, and for any number of lines where it is a line; all else is compared to the letter.
 */

const MOMENT = /\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?Z)?|^ {2}\d\d:\d\d:\d\d\.\d{3}/g;

/** Do these lines show what came? `isOver`: nothing comes any more, so that all of it must be shown. */
export function isShown(
  shown: readonly string[],
  actual: readonly string[],
  isOver: boolean,
): boolean {
  const [first, ...rest] = shown;
  if (first === undefined) return actual.length === 0 || !isOver;
  if (first.trim() === "...") {
    if (rest.length === 0) return true;
    return actual.some((_, at) => isShown(rest, actual.slice(at), isOver));
  }
  const [line, ...more] = actual;
  return line !== undefined && patternOf(first).test(steady(line)) && isShown(rest, more, isOver);
}

function patternOf(line: string): RegExp {
  const parts = steady(line).split("...").map((part) =>
    part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  );
  return new RegExp(`^${parts.join(".*")}$`);
}

function steady(line: string): string {
  return line.trimEnd().replaceAll(MOMENT, "MOMENT");
}
