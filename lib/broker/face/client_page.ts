/**
 * A page of the clients, in an order: those that move the most bytes, have the longest queue, ... Invariants: rows are
 * made of what is on the page alone; what is remembered of a client goes with it.
 */
import type { ReadArgsOf, RowOf } from "../../manage/commands.ts";
import type { Client } from "../client.ts";
import type { Core } from "../core.ts";
import { arrivedOf, clientRow, parts } from "./rows.ts";
import { finderOf } from "./search.ts";

/** A rate is one of at least this time, milliseconds. */
const SAMPLE_MS = 900;

type Asked = ReadArgsOf<"clients">;
type Order = NonNullable<Asked["sort"]>;

/** What one client had moved when it was looked at. */
interface Sample {
  readonly at: number;
  readonly bytes: number;
  /** Bytes a second up to then. */
  readonly rate: number;
}

/** Pages of one core's clients. */
export class ClientPages {
  readonly #core: Core;
  readonly #samples = new WeakMap<Client, Sample>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** In parts. */
  page(asked: Asked): Generator<RowOf<"clients">[]> {
    const { search, sort, offset = 0, limit = Infinity } = asked;
    const finds = finderOf(search);
    const found = [...arrivedOf(this.#core)].filter(({ info }) =>
      finds(info.clientId, info.username, info.address)
    );
    const ordered = sort === undefined ? found : this.#inOrder(found, sort);
    return parts(ordered.slice(offset, offset + limit), (client) => {
      const row = clientRow(client);
      return sort === "traffic" ? { ...row, bytesPerSecond: this.#rateOf(client) } : row;
    });
  }

  #inOrder(clients: readonly Client[], sort: Order): readonly Client[] {
    if (sort === "clientId") return clients.toSorted(byClientId);
    return clients.map((client) => ({ client, value: this.#valueOf(client, sort) }))
      .sort((a, b) => b.value - a.value || byClientId(a.client, b.client))
      .map(({ client }) => client);
  }

  #valueOf(client: Client, sort: Exclude<Order, "clientId">): number {
    switch (sort) {
      case "traffic":
        return this.#rateOf(client);
      case "queue":
        return client.session?.queuedMessages ?? 0;
      case "backlog":
        return client.connection.outbound.backlog;
      case "since":
        return -client.connectedAt;
    }
  }

  /** Of a client that is looked at for the first time: since it came. */
  #rateOf(client: Client): number {
    const at = this.#core.clock.now();
    const known = this.#samples.get(client);
    if (known !== undefined && at - known.at < SAMPLE_MS) return known.rate;
    const { inbound, outbound } = client.connection;
    const bytes = inbound.received + outbound.written;
    const since = known ?? { at: client.connectedAt, bytes: 0 };
    const rate = (bytes - since.bytes) * 1000 / Math.max(at - since.at, SAMPLE_MS);
    this.#samples.set(client, { at, bytes, rate });
    return rate;
  }
}

function byClientId(a: Client, b: Client): number {
  return a.info.clientId < b.info.clientId ? -1 : a.info.clientId > b.info.clientId ? 1 : 0;
}
