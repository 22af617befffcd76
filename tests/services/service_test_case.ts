/** Tests that need a server which may not be installed. */
import { optionalTest } from "../support/optional.ts";
import { isInstalled } from "./system.ts";

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
  optionalTest(await missing(requirement), title, run);
}

async function missing({ name, programs }: Requirement): Promise<string | undefined> {
  for (const program of programs) {
    if (!await isInstalled(program)) return `${name} is not installed: no ${program}`;
  }
  return undefined;
}
