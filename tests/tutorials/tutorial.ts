/** A test for each page of docs/tutorials: what a test of one page needs. */
import { optionalTest } from "../support/optional.ts";
import { missingMachine } from "./machine.ts";
import { fetchPackages } from "./packages.ts";
import { type Course, walk } from "./walk.ts";

export type { Reader } from "./walk.ts";
export { untilSucceeds } from "./terminal.ts";

const MISSING = await missingMachine();

/** How a page is followed. */
export interface Tutorial extends Course {
  /** Why it cannot be followed here; undefined: it can. */
  readonly missing?: string | undefined;
}

/** Registers the test that follows docs/tutorials/PAGE, or docs/../PAGE. */
export function tutorial(page: string, course: Tutorial = {}): void {
  const path = page.includes("/") ? page.replace(/^\.\//, "") : `tutorials/${page}`;
  optionalTest(
    MISSING ?? course.missing,
    `docs/${path}, as a reader follows it`,
    async () => {
      await fetchPackages();
      await walk(path, course);
    },
  );
}
