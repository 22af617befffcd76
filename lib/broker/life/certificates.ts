/**
 * The certificates that a broker gets itself. Invariant: nothing of lib/acme is loaded where no listener asks for it.
 */
import type { Keepers } from "../../acme/keepers.ts";
import { loggerFor } from "../../log/logger.ts";
import type { Core } from "../core.ts";

/**
 * Sees to it that the listeners' files are there; `check` of what comes back begins to keep them valid.
 * @returns undefined where there are none
 * @throws UserError with every problem
 */
export async function prepareCertificates(
  { config: { listeners, file }, clock }: Core,
): Promise<Keepers | undefined> {
  if (listeners.every(({ tls }) => tls?.acme === undefined)) return undefined;
  const { Keepers } = await import("../../acme/keepers.ts");
  return await Keepers.prepare({ listeners, file, clock, logger: loggerFor("acme") });
}
