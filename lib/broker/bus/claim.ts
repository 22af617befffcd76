/** Whose session a CONNECT goes on with, where several brokers are one. Invariant: it is here before it is looked for. */
import type { Client } from "../client.ts";
import { moveIn } from "./moving.ts";

/**
 * Claims the session of a client that is let in.
 * @param wantsNew what there is elsewhere is to end
 * @returns undefined: it is here, if there is any. False: it is another user's.
 */
export function claimSession(client: Client, wantsNew: boolean): Promise<boolean> | undefined {
  const { core, info: { clientId, username, isProven } } = client;
  const claimed = core.bus.claim({ clientId, username, isProven, wantsNew });
  return claimed?.then(({ isRefused, state }) => {
    if (state !== undefined) moveIn(core, state);
    return !isRefused;
  });
}
