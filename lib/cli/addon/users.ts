/**
 * The users of the broker in the Home Assistant add-on. Invariants: the passwords of Home Assistant itself and of other
 * add-ons are made once and kept; the password file has hashes only, and is made of the options alone.
 */
import { hashPassword } from "../../access/passwords/verifier.ts";
import { replaceFile } from "../../replaced_file.ts";
import { readText } from "../../text_file.ts";
import { UserError } from "../../user_error.ts";
import { type Login, RESERVED } from "./options.ts";

const HEAD = "# Made by midge homeassistant from the options of the add-on, at each start anew.\n";

/**
 * The logins of Home Assistant and of other add-ons, from a file that is made where it is missing.
 * @throws UserError for a file that has them not
 */
export async function systemLogins(file: string): Promise<readonly Login[]> {
  const kept = await readKept(file);
  if (kept !== undefined) return kept;
  const made = RESERVED.map((username) => ({ username, password: newPassword() }));
  const users = Object.fromEntries(made.map(({ username, password }) => [username, { password }]));
  await replaceFile(file, `${JSON.stringify(users, null, 2)}\n`);
  return made;
}

/** Writes the password file. */
export async function writePasswords(file: string, logins: readonly Login[]): Promise<void> {
  const lines: string[] = [];
  for (const { username, password } of logins) {
    lines.push(`${username}:${await hashPassword(password)}\n`);
  }
  await replaceFile(file, HEAD + lines.join(""));
}

async function readKept(file: string): Promise<readonly Login[] | undefined> {
  const isThere = await Deno.stat(file).then(() => true, (error) => {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  });
  if (!isThere) return undefined;
  const users = parsed(await readText(file));
  return RESERVED.map((username) => {
    const { password } = Object(users[username]) as Record<string, unknown>;
    if (typeof password === "string" && password !== "") return { username, password };
    throw new UserError(
      `${file}: has no password of ${username}; remove the file, and a new one is made at the next start`,
    );
  });
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/** 256 random bits. */
function newPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
