/** The sample data that the documentation shows. */

/** The text of a file of docs/sql. */
export function sampleFile(name: string): Promise<string> {
  return Deno.readTextFile(new URL(`../../docs/sql/${name}`, import.meta.url));
}
