/**
 * What a person can do when Deno could not fetch a package. Invariant: only Deno's own words about a package are
 * taken for that.
 */

/** Deno's words, with a lock file and without. */
const UNFETCHED = /^Failed (?:caching npm package '|loading \S+ for package ")([^'"\s]+)['"]/;

/**
 * One line and a next step.
 * @param message of an error
 * @returns undefined: it is about something else
 */
export function unfetchedPackage(message: string): string | undefined {
  const [, name] = UNFETCHED.exec(message) ?? [];
  return name && `the package ${name} is not on this machine and could not be fetched: ` +
      "it takes the network, once; `deno install --lock=deno.lock` in the clone fetches all packages, " +
      "and an executable (deno task compile) needs none";
}
