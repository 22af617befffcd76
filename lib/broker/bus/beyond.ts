/**
 * Messages that go to other members of the bus. Invariants: each shared subscription gets a message once, here or there;
 * what is under `$SYS` is of one broker and stays.
 */
import type { Beyond, SharedTurn } from "../../bus/bus.ts";
import type { OutgoingPublish } from "../../session/outgoing.ts";
import type { Core } from "../core.ts";
import { deliverToOne } from "../deliver.ts";
import { groupOf } from "../shared.ts";

const NO_TURNS: readonly SharedTurn[] = [];

/** Sends a message there. A promise: another member does not keep up, and the publisher should wait. */
export function sendBeyond(
  core: Core,
  beyond: Beyond | undefined,
  publish: OutgoingPublish,
): void | Promise<void> {
  if (publish.topicName.startsWith("$SYS")) return;
  const turns = beyond === undefined || beyond.shared.length === 0
    ? NO_TURNS
    : takeTurns(core, beyond, publish);
  return core.bus.send(publish, beyond, turns);
}

/** Delivers where it is the turn of a member here. */
function takeTurns(core: Core, { shared }: Beyond, publish: OutgoingPublish): SharedTurn[] {
  const turns: SharedTurn[] = [];
  for (const { filter, next } of shared) {
    const group = groupOf(core, filter);
    const peer = next(group?.members.size ?? 0);
    if (peer !== undefined) turns.push({ filter, peer });
    else if (group !== undefined) deliverToOne(core, group, publish);
  }
  return turns;
}
