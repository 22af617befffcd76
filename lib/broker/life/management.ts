/**
 * Opens the management endpoint of a broker. Invariant: a broker
 * whose endpoint cannot be made here starts without it and says so in one line; another broker's endpoint is a
 * UserError. Nothing of lib/manage is loaded while management is off, and the commands not before they are used.
 */
import { messageOf, UserError } from "../../user_error.ts";
import type { ManagementConfig } from "../../config/types.ts";
import type { ManagementServer } from "../../manage/server.ts";
import type { Admin } from "../face/admin.ts";
import type { Core } from "../core.ts";

/**
 * Opens it where the configuration wants it.
 * @returns undefined when it is off; a line for the log when it cannot be made
 * @throws UserError when another broker has it
 */
export async function openManagement(
  core: Core,
  admin: Admin,
): Promise<ManagementServer | string | undefined> {
  const { config, logger, clock } = core;
  if (config.management === undefined) return undefined;
  const { ManagementServer } = await import("../../manage/server.ts");
  const loadRunner = async () => {
    const { commandRunner }: typeof import("../../manage/runner.ts") = await import(
      new URL("../../manage/runner.ts", import.meta.url).href
    );
    return commandRunner(admin.run);
  };
  try {
    return await ManagementServer.open(config.management, { logger, loadRunner, clock });
  } catch (error) {
    if (error instanceof UserError) throw inFile(error, config.file);
    return `no management: ${nameOf(config.management)} cannot be made: ${whyNotOpened(error)}`;
  }
}

/** A missing permission in short: Deno's text goes on about flags. */
function whyNotOpened(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return error.message.split(",")[0]!;
  return messageOf(error);
}

function nameOf(config: ManagementConfig): string {
  return config.kind === "unix" ? config.path : `${config.hostname}:${config.port}`;
}

function inFile(error: UserError, file: string | undefined): UserError {
  if (file === undefined) return error;
  return new UserError(error.problems.map((one) => `${file}: ${one}`), { cause: error });
}
