/**
 * Tests that need a server which may not be installed. Such a test is skipped and its name says why;
 * MIDGE_REQUIRE_ALL=1 makes that a failure.
 */
import { isInstalled } from "./system.ts";

const requireAll = Deno.env.get("MIDGE_REQUIRE_ALL") === "1";

/** A server that tests need. */
export interface Requirement {
  readonly name: string;
  /** Programs, by name or path. */
  readonly programs: readonly string[];
}

/** Registers a test that needs a server. Await it: it looks whether the server is there. */
export async function serviceTest(
  requirement: Requirement,
  title: string,
  run: (test: Deno.TestContext) => Promise<void>,
): Promise<void> {
  const reason = await missing(requirement);
  if (reason !== undefined && !requireAll) {
    Deno.test({ name: `${title} (skipped: ${reason})`, ignore: true, fn: () => {} });
    return;
  }
  Deno.test(title, async (test) => {
    if (reason !== undefined) throw new Error(`${reason}, and MIDGE_REQUIRE_ALL=1 allows no skip`);
    await run(test);
  });
}

async function missing({ name, programs }: Requirement): Promise<string | undefined> {
  for (const program of programs) {
    if (!await isInstalled(program)) return `${name} is not installed: no ${program}`;
  }
  return undefined;
}
