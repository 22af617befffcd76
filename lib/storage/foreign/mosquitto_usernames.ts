/**
 * Usernames of a mosquitto.db. mosquitto before 2.0.16 writes a client that has none with the name of the last one that
 * had: first with a length whose bytes are swapped, and what of its memory stands behind the name, then like one of its
 * own. Invariant: a name that is not the client's for sure is not given to it; one that may not be has a note.
 */
import type { Notes } from "./notes.ts";
import { strictText } from "./strict_text.ts";

/** The clients of one file, in their order. */
export class Usernames {
  readonly #notes: Notes;
  /** The name that stood where none should. */
  #leaked: string | undefined;

  constructor(notes: Notes) {
    this.#notes = notes;
  }

  /** Empty: it has none; undefined: it is not UTF-8. */
  read(bytes: Uint8Array): string | undefined {
    const end = bytes.indexOf(0); // no username has U+0000
    const name = strictText(end < 0 ? bytes : bytes.subarray(0, end));
    if (end >= 0) {
      this.#leaked = name;
      this.#notes.differ(
        "session",
        "the username of another client is left out (mosquitto before 2.0.16)",
      );
      return "";
    }
    if (name !== undefined && name !== "" && name === this.#leaked) {
      this.#notes.differ(
        "session",
        "its username may be another client's (mosquitto before 2.0.16)",
      );
    } else this.#leaked = undefined;
    return name;
  }
}
