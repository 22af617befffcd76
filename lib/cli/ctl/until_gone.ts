/** Waits for the end of a broker. Invariant: the wait has an end. */
import { SYSTEM_CLOCK } from "../../clock.ts";
import { isAnswering, type ManagementAddress } from "../../manage/client.ts";
import { UserError } from "../../user_error.ts";
import { pause } from "../../wait.ts";

const POLL_MS = 100;
const NEVER = new AbortController().signal;
/** A stop takes five seconds at most, on a busy machine more. */
const PATIENCE_MS = 30_000;

/** Resolves when no broker answers any more. @throws UserError where one still does after 30 seconds */
export async function untilGone(address: ManagementAddress): Promise<void> {
  const from = SYSTEM_CLOCK.now();
  while (await isAnswering(address)) {
    if (SYSTEM_CLOCK.now() - from > PATIENCE_MS) {
      throw new UserError(
        `the broker still answers after ${PATIENCE_MS / 1000} s; its log says why`,
      );
    }
    await pause(SYSTEM_CLOCK, POLL_MS, NEVER);
  }
}
