/** Where code stands, as a page may show it. Pure. */

/** A module of this tree from its folder on, one of a package from the package's name on: no folder of this machine. */
export function placeOf(url: string): string {
  return url.replace(/^file:.*\/npm\/[^/]+\//, "").replace(
    /^file:.*\/((?:lib|plugins|bench)\/)/,
    "$1",
  );
}
