/**
 * The end of a round: all clients come back, what is open is brought to its end, and what is owed is waited for.
 * Invariant: it ends when nothing is owed any more, or when nothing has come for a while.
 */
import { check } from "./check.ts";
import { willsDueUntil } from "./check_wills.ts";
import type { Member } from "./member.ts";
import type { Stage } from "./round.ts";
import { delay } from "./world.ts";

/** When nothing has come for this long, nothing will. Milliseconds. */
const QUIET_MS = 15_000;
const LOOK_MS = 50;
/** A broker that has something to send has sent it after this, milliseconds; it may wait for its disk. */
const STILL_MS = 300;

/** Waits until all is quiet; throws when the broker ends. */
export async function settle(stage: Stage): Promise<void> {
  const { members } = stage.cast;
  await untilQuiet(stage, () => {
    members.forEach(({ inbox }) => inbox.release());
    return members.every(({ isIn, outbox, requests }) =>
      isIn && outbox.size === 0 && requests.size === 0
    );
  });
  await untilQuiet(stage, () => isAllHere(stage));
  await untilWillsAreDue(stage);
  await nothingMore(stage, members);
}

/** Looks until it is so, or nothing has come for a while. */
async function untilQuiet(stage: Stage, isSo: () => boolean): Promise<void> {
  const { world, cast } = stage;
  let [length, since] = [world.history.length, performance.now()];
  while (!isSo()) {
    await Promise.all(cast.members.map((member) => member.reconnect()));
    if (stage.broker.hasEnded) throw new Error("the broker has ended by itself");
    await delay(LOOK_MS);
    if (world.history.length > length) {
      [length, since] = [world.history.length, performance.now()];
    } else if (performance.now() - since > QUIET_MS) return;
  }
}

/** No message is owed, and no will. */
function isAllHere({ world, wills }: Stage): boolean {
  const { events } = world.history;
  return check(events, wills).every(({ kind }) => kind !== "lost") &&
    willsDueUntil(events, wills) === 0;
}

/** A will that has not come by then is judged as missing. */
async function untilWillsAreDue({ world, wills }: Stage): Promise<void> {
  while (performance.now() <= willsDueUntil(world.history.events, wills)) await delay(LOOK_MS);
}

/** What is there without being owed has come too: while clients answer nothing moves, which a flush may delay. */
async function nothingMore({ world }: Stage, members: readonly Member[]): Promise<void> {
  for (let length = -1; length !== world.history.length;) {
    length = world.history.length;
    await Promise.all(members.map((member) => member.ping()));
    await delay(STILL_MS);
  }
}
