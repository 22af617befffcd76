/** The one form of a refused header of the PROXY protocol. */

/** An error with one line: what is wrong with the header. */
export function wrongHeader(why: string): Error {
  return new Error(`a wrong header of the PROXY protocol: ${why}`);
}
