/**
 * `midge passwd`: sets or deletes one user's line in a password file of auth_file. Invariant: other
 * lines and comments stay as they are; the password comes from the terminal or stdin, never from the
 * command line.
 */
import { changePasswordFile, readPasswordFile } from "../access/passwords/user_file.ts";
import {
  HASH_LINES,
  type LineKind,
  removedUser,
  userNameProblem,
  withUser,
} from "../access/passwords/user_lines.ts";
import { hashPassword, type PasswordScheme } from "../access/passwords/verifier.ts";
import { UserError } from "../user_error.ts";
import { askPassword } from "./ask_password.ts";
import { describeOptions, type OptionTable } from "./option_table.ts";
import type { GivenOptions } from "./given_options.ts";
import { readOptions } from "./options.ts";
import { printLine } from "./terminal.ts";
import { UsageError } from "./usage_error.ts";
import type { CommandShape } from "./shape.ts";

const SCHEMES: readonly PasswordScheme[] = ["argon2id", "sha512", "bcrypt"];

/** As lib/access/passwords/scram.ts has it, which is loaded when it is needed. */
const USUAL_ITERATIONS = 15_000;
const SCRAM_CHOICES = ["both", "sha256", "sha512"] as const;

const OPTIONS = {
  hash: {
    names: ["hash"],
    value: "SCHEME",
    default: "argon2id",
    choices: SCHEMES,
    filled: true,
    help: "argon2id, sha512 ($6$, as aMQTT's mkpasswd -m sha-512) or\nbcrypt",
  },
  scram: {
    names: ["scram"],
    value: "WHICH",
    alone: "both",
    choices: SCRAM_CHOICES,
    help: "FILE is that of the plugin auth_scram: write USER's secrets\n" +
      "for SCRAM-SHA-256 and SCRAM-SHA-512; sha256 or sha512: one",
  },
  iterations: {
    names: ["iterations"],
    value: "NUMBER",
    help: `of --scram: what a login costs each device, 4096 or more; default ${USUAL_ITERATIONS}`,
  },
  delete: { names: ["delete", "D"], help: "take USER out of FILE instead" },
} as const satisfies OptionTable;

/** Printed by `midge passwd --help`. */
export const HELP = `Usage: midge passwd FILE USER [--hash argon2id|sha512|bcrypt] [--delete]
       midge passwd --scram[=sha256|sha512] FILE USER [--iterations NUMBER] [--delete]

Sets the password of USER in FILE, the password_file of the plugin auth_file, or with --scram that of
auth_scram; makes FILE if it is not there. Asks for the password twice; when stdin is no terminal, its
first line is the password. Owner, group and mode of FILE stay; a new FILE is readable by its owner only, and
one made by root belongs to the owner of its folder.

${describeOptions(OPTIONS)}

Examples:
  midge passwd passwords alice
  echo secret | midge passwd passwords alice
  midge passwd --scram scram_passwords alice`;

/** What it takes. */
export const SHAPE: CommandShape = { operands: ["FILE", "USER"], options: OPTIONS };

function checkUser(user: string): void {
  const problem = userNameProblem(user);
  if (problem !== undefined) throw new UsageError(`USER got ${JSON.stringify(user)}${problem}`);
}

async function deleteUser(file: string, user: string, kind: LineKind): Promise<void> {
  await changePasswordFile(file, (text) => {
    const rest = removedUser(text, user);
    if (rest === undefined) throw new UserError(`${file}: has no user ${JSON.stringify(user)}`);
    return rest;
  }, kind);
  printLine(`${file}: deleted ${user}`);
}

async function setUser(file: string, user: string, scheme: PasswordScheme): Promise<void> {
  await readPasswordFile(file); // no one types a password for a file that is none
  const hash = await hashPassword(await askPassword(user), scheme);
  await changePasswordFile(file, (text) => withUser(text, user, hash));
  printLine(`${file}: set the password of ${user}`);
}

async function changeScram(
  given: GivenOptions<typeof OPTIONS>,
  file: string,
  user: string,
): Promise<void> {
  const { preparedUser, SCRAM_LINES, setScramUser } = await import("./passwd_scram.ts");
  const name = preparedUser(user);
  if (given.has("hash")) throw new UsageError("--hash and --scram do not go together");
  const which = given.choice("scram", SCRAM_CHOICES) ?? "both";
  const iterations = given.integer("iterations", 4096, 10_000_000) ?? USUAL_ITERATIONS;
  if (given.has("delete")) return await deleteUser(file, name, SCRAM_LINES);
  await setScramUser(file, name, which, iterations);
}

/** Changes the file. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, OPTIONS, ["FILE", "USER"], { asksPassword: true });
  const [file = "", user = ""] = given.operands;
  checkUser(user);
  if (given.has("scram")) await changeScram(given, file, user);
  else if (given.has("iterations")) throw new UsageError("--iterations belongs to --scram");
  else if (given.has("delete")) await deleteUser(file, user, HASH_LINES);
  else await setUser(file, user, given.choice("hash", SCHEMES));
  return 0;
}
