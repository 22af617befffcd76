/** Finds what a person has typed in texts. Pure. Invariant: upper and lower case are alike; nothing typed finds all. */

/** Is what was typed in one of these texts? */
export type Finds = (...texts: readonly (string | undefined)[]) => boolean;

/** @param search undefined or empty: everything is found */
export function finderOf(search: string | undefined): Finds {
  if (search === undefined || search === "") return () => true;
  const wanted = search.toLowerCase();
  return (...texts) => texts.some((text) => text?.toLowerCase().includes(wanted) === true);
}
