/** Clients, sessions and subscriptions. */
import type { ReadArgsOf } from "../../../manage/commands.ts";
import type { HandlersOf } from "../../../manage/runner.ts";
import { NotFoundError, UserError } from "../../../user_error.ts";
import { ClientPages } from "../client_page.ts";
import {
  clientDetail,
  clientRows,
  sessionDetail,
  sessionRows,
  subscriptionRows,
} from "../client_views.ts";
import type { Desk } from "./all.ts";

type Handlers = HandlersOf<
  "clients" | "client" | "kick" | "sessions" | "session" | "sessions end" | "subscriptions"
>;

/** Their handlers. */
export function clientHandlers({ core, admin, note }: Desk): Handlers {
  const pages = new ClientPages(core);
  return {
    clients: (asked) => isPaged(asked) ? pages.page(asked) : clientRows(core, asked.search),
    client: ({ clientId }) => clientDetail(core, clientId),
    kick({ clientId }, caller) {
      if (!admin.kick(clientId)) throw notConnected(clientId);
      note(caller, `${clientId} kicked`);
      return { clientId };
    },
    sessions: ({ search }) => sessionRows(core, search),
    session: ({ clientId }) => sessionDetail(core, clientId),
    "sessions end"({ clientId }, caller) {
      admin.endSession(clientId);
      note(caller, `session of ${clientId} ended`);
      return { clientId };
    },
    subscriptions: (asked) => subscriptionRows(core, asked),
  };
}

/** All of them in no order are walked a part at a time. */
function isPaged({ sort, offset, limit }: ReadArgsOf<"clients">): boolean {
  return (sort ?? offset ?? limit) !== undefined;
}

function notConnected(clientId: string): UserError {
  return new NotFoundError(`no client ${JSON.stringify(clientId)} is connected`);
}
