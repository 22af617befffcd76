/** Clients, sessions and subscriptions. */
import type { HandlersOf } from "../../../manage/runner.ts";
import { UserError } from "../../../user_error.ts";
import type { Desk } from "./all.ts";
import { later } from "./later.ts";

type Handlers = HandlersOf<
  "clients" | "client" | "kick" | "sessions" | "session" | "sessions end" | "subscriptions"
>;

/** Their handlers. */
export function clientHandlers({ admin, note }: Desk): Handlers {
  return {
    clients: () => admin.clientRows(),
    client: later,
    kick({ clientId }, caller) {
      if (!admin.kick(clientId)) throw notConnected(clientId);
      note(caller, `${clientId} kicked`);
      return { clientId };
    },
    sessions: () => admin.sessionRows(),
    session: later,
    "sessions end"({ clientId }, caller) {
      admin.endSession(clientId);
      note(caller, `session of ${clientId} ended`);
      return { clientId };
    },
    subscriptions: ({ clientId }) => admin.subscriptionRows(clientId),
  };
}

function notConnected(clientId: string): UserError {
  return new UserError(`no client ${JSON.stringify(clientId)} is connected`);
}
