/**
 * A file of text, line by line. Invariant: what is in memory is one line and one piece of the file; what is not UTF-8 is
 * a UserError with its line.
 */
import { UserError } from "../../user_error.ts";

/**
 * The lines without their ends; a mark at the beginning (U+FEFF) is left out.
 * @param name of the file, for errors
 */
export async function* linesOf(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<string, void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest: string[] = [];
  let number = 1;
  for await (const piece of bytes) {
    const [first, ...others] = decode(decoder, piece, `${name}:${number}`).split("\n");
    rest.push(first!);
    for (const next of others) {
      number++;
      yield rest.join("").replace(/\r$/, "");
      rest = [next];
    }
  }
  rest.push(decode(decoder, undefined, `${name}:${number}`));
  const last = rest.join("");
  if (last !== "") yield last;
}

/** @param piece undefined: there are no more */
function decode(decoder: TextDecoder, piece: Uint8Array | undefined, where: string): string {
  try {
    return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true });
  } catch (cause) {
    throw new UserError(`${where} or below: is not UTF-8 text`, { cause });
  }
}
