/**
 * What `midge top` asks the broker. Invariant: no more is asked for than is shown; what the broker refuses to tell of one
 * client is a line in place of it.
 */
import type { ManagementAddress } from "../../manage/client.ts";
import type { RowOf } from "../../manage/commands.ts";
import { list, request } from "../../manage/remote.ts";
import { messageOf, UserError } from "../../user_error.ts";
import { clientLines } from "./client_lines.ts";
import type { ClientRow, Moment, Order } from "./state.ts";

/** Incidents of one client that are read. */
const MOST_INCIDENTS = 50;

/** Where the numbers come from. */
export interface TopSource {
  /** The broker, and a page of its clients. */
  page(
    asked: { readonly sort: Order; readonly offset: number; readonly limit: number },
  ): Promise<{ readonly now: Moment; readonly rows: readonly ClientRow[] }>;
  /** One client in lines. */
  client(clientId: string): Promise<readonly string[]>;
}

/** A broker over the socket of `midge ctl`. */
export function sourceAt(address: ManagementAddress): TopSource {
  return {
    async page(asked) {
      const status = await request(address, "status", {});
      const now = { at: performance.now(), status };
      const rows: ClientRow[] = [];
      await list(address, "clients", asked, (part) => void rows.push(...part));
      return { now, rows };
    },
    async client(clientId) {
      const [client, session, why] = await Promise.all([
        orWhy(request(address, "client", { clientId })),
        orWhy(request(address, "session", { clientId })),
        orWhy(incidentsOf(address, clientId)),
      ]);
      return clientLines({ client, session, why });
    },
  };
}

async function incidentsOf(address: ManagementAddress, clientId: string): Promise<RowOf<"why">[]> {
  const incidents: RowOf<"why">[] = [];
  await list(address, "why", { clientId }, (part) => {
    incidents.push(...part.slice(0, MOST_INCIDENTS - incidents.length));
  });
  return incidents;
}

async function orWhy<Answer>(answer: Promise<Answer>): Promise<Answer | string> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof UserError) return messageOf(error);
    throw error;
  }
}
