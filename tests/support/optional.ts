/**
 * Tests that need a program which may not be installed. Such a test is skipped and its name says why;
 * MIDGE_REQUIRE_ALL=1, which .ci/run sets, makes that a failure.
 */

const requireAll = Deno.env.get("MIDGE_REQUIRE_ALL") === "1";

/** Registers a test. `missing` says what is not there, undefined when all is. */
export function optionalTest(
  missing: string | undefined,
  title: string,
  run: (test: Deno.TestContext) => Promise<void>,
): void {
  if (missing === undefined) {
    Deno.test(title, run);
  } else if (requireAll) {
    Deno.test(title, () => {
      throw new Error(`${missing}, and MIDGE_REQUIRE_ALL=1 allows no skip`);
    });
  } else {
    Deno.test({ name: `${title} (skipped: ${missing})`, ignore: true, fn: () => {} });
  }
}
