/**
 * What a caller may see and do with topics. Invariants: who has no user may everything; a user is asked about as a
 * client of theirs would be; looking counts nothing, publishing counts as a client's does.
 */
import type { Waiter } from "../../access/chain/requests.ts";
import type { Ruling } from "../../access/chain/walk.ts";
import type { Caller, ProvenUser } from "../../plugin/management.ts";
import type { MaybePromise } from "../../plugin/types.ts";
import type { QoS } from "../../wire/packets.ts";
import { rulingOf } from "../authorize.ts";
import { ClientInfo } from "../client_info.ts";
import type { Core } from "../core.ts";

/** In front of the username it is the client id that rules see: a client of the user's, but none that is there. */
const CLIENT_ID = "api:";

/** Of who acts for no user, and of superusers. */
const ALL: Ruling = { allowed: true, because: "superuser" };

/** The answer is wanted, however long it takes. */
const PATIENT: Waiter = {
  get signal() {
    return new AbortController().signal;
  },
};

/** May this caller do everything? */
export function mayAll({ user }: Caller): boolean {
  return user === undefined || user.superuser;
}

/** The client that rules and observers see in the place of a user. */
export function clientOf({ username, superuser }: ProvenUser): ClientInfo {
  const info = new ClientInfo(
    { address: "", port: 0, certificate: undefined },
    { name: "api", type: "api" },
  );
  info.clientId = CLIENT_ID + username;
  info.username = username;
  info.protocolLevel = 5;
  info.superuser = superuser;
  info.isProven = true;
  return info;
}

/** May the caller have what is published to this topic: subscribe to it, and receive it? */
export async function mayRead(core: Core, caller: Caller, topicName: string): Promise<boolean> {
  const { user } = caller;
  if (user === undefined || user.superuser) return true;
  const message = { client: clientOf(user), topic: topicName, qos: 0, retain: false } as const;
  const question = { ...message, action: "subscribe" } as const;
  const { ruling } = await core.access.explainAuthorize(question, PATIENT);
  if (!ruling.allowed || !core.access.hasReceiveRules) return ruling.allowed;
  return (await core.access.explainReceive(message)).ruling.allowed;
}

/** May the caller publish that? */
export function mayPublish(
  core: Core,
  { user }: Caller,
  { topicName: topic, qos, retain }: {
    readonly topicName: string;
    readonly qos: QoS;
    readonly retain: boolean;
  },
): MaybePromise<Ruling> {
  if (user === undefined || user.superuser) return ALL;
  return rulingOf(core, { client: clientOf(user), action: "publish", topic, qos, retain }, PATIENT);
}
