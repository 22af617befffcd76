/**
 * Text files that people name: configurations, certificates, payloads. Invariant: a file that cannot be read is an
 * error in words, with its name.
 */
import { messageOf, UserError } from "./user_error.ts";

/** Why a file could not be read, in words. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "no such file";
  if (error instanceof Deno.errors.NotCapable) return "may not be read; --allow-read is needed";
  if (error instanceof Deno.errors.PermissionDenied) return "may not be read: permission denied";
  if (error instanceof Deno.errors.IsADirectory) return "is a folder; expected a file";
  return `cannot be read: ${messageOf(error)}`;
}

/** The text of a configuration file; throws UserError when it cannot be read. */
export async function readText(file: string): Promise<string> {
  const bytes = await Deno.readFile(file).catch((cause) => {
    throw new UserError(`${file}: ${whyUnreadable(cause)}`, { cause });
  });
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UserError(`${file}: is not UTF-8 text`, { cause });
  }
}
