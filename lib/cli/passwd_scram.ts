/**
 * `midge passwd --scram`: a user's secrets in a file of auth_scram. Invariants: a password that is set is the only one of
 * its user, for every mechanism; a file that is made gets a key of its own for the salts of users who are not there.
 */
import { saslprep } from "../access/passwords/saslprep.ts";
import type { ScramMechanism } from "../access/passwords/scram.ts";
import { SCRAM_LINES, scramLines, withDecoyKey } from "../access/passwords/scram_lines.ts";
import { changePasswordFile, readPasswordFile } from "../access/passwords/user_file.ts";
import { withUser } from "../access/passwords/user_lines.ts";
import { messageOf, UserError } from "../user_error.ts";
import { askPassword } from "./ask_password.ts";
import { printLine } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";

/** The mechanisms by what `--scram` says. */
const MECHANISMS: Readonly<Record<"both" | "sha256" | "sha512", readonly ScramMechanism[]>> = {
  both: ["SCRAM-SHA-256", "SCRAM-SHA-512"],
  sha256: ["SCRAM-SHA-256"],
  sha512: ["SCRAM-SHA-512"],
};

export { SCRAM_LINES };

/** @throws {UsageError} for a name that SASLprep (RFC 4013) does not allow */
export function preparedUser(user: string): string {
  const prepared = saslprep(user, true);
  if (prepared !== undefined && prepared !== "") return prepared;
  const expected = "expected a name that SASLprep (RFC 4013) allows";
  throw new UsageError(`USER got ${JSON.stringify(user)}, ${expected}`);
}

/** Asks for the password and writes its secrets, in place of all that the user had. */
export async function setScramUser(
  file: string,
  user: string,
  which: "both" | "sha256" | "sha512",
  iterations: number,
): Promise<void> {
  await readPasswordFile(file, SCRAM_LINES); // no one types a password for a file that is none
  const password = textOf(await askPassword(user));
  const lines = await scramLines(user, password, MECHANISMS[which], iterations).catch((cause) => {
    throw new UserError(`${messageOf(cause)}; nothing was changed`, { cause });
  });
  await changePasswordFile(file, (text) => withUser(withDecoyKey(text), user, lines), SCRAM_LINES);
  printLine(`${file}: set the password of ${user} for ${MECHANISMS[which].join(" and ")}`);
}

function textOf(password: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(password);
  } catch (cause) {
    throw new UserError("the password is no UTF-8 text, as SCRAM wants it; nothing was changed", {
      cause,
    });
  }
}
