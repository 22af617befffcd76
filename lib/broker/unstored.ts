/**
 * What of a message would have to be kept, while the storage takes nothing more. Invariant: what need not be kept goes
 * on as ever.
 */
import type { OutgoingPublish } from "../session/outgoing.ts";
import type { PublishFields } from "../wire/publish.ts";
import type { Core } from "./core.ts";
import { dropped } from "./deliver.ts";
import { Drop } from "./drops.ts";
import type { RecipientGroup, Route } from "./route.ts";

/** Has the message to be kept: for a session, or as a retained one? */
export function needsJournal(
  { qos, retain }: Pick<PublishFields, "qos" | "retain">,
  { recipients, groups }: Route,
): boolean {
  if (qos === 0) return false;
  return retain || recipients.some(({ session }) => session.journal !== undefined) ||
    groups.some(isKept);
}

/** The receivers of a message that no one can send again: those for whom it would have to be kept go without it. */
export function withoutKept(core: Core, route: Route, publish: OutgoingPublish): Route {
  if (!core.journal?.refuses || publish.qos === 0) return route;
  const recipients = route.recipients.filter(({ session }) => {
    if (session.journal === undefined) return true;
    dropped(core, session, publish, Drop.STORAGE_FULL);
    return false;
  });
  return { ...route, recipients, groups: route.groups.filter((group) => !isKept(group)) };
}

function isKept({ members }: RecipientGroup): boolean {
  return members.keys().some(({ journal }) => journal !== undefined);
}
