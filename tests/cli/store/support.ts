/** Stores in folders of their own, and `midge store` on them. */
import { DenoDisk } from "../../../lib/storage/files/deno_disk.ts";
import { readStore } from "../../../lib/storage/files/read_store.ts";
import { rewriteStore } from "../../../lib/storage/files/rewrite_store.ts";
import { emptyState, type StoredSession, type StoredState } from "../../../lib/storage/state.ts";
import { subscriptionOptions } from "../../../lib/session/subscription.ts";
import { type Outcome, runMidge } from "../../support/midge_process.ts";
import { retainedMessage, WALL } from "../../storage/stores.ts";

/** One session with a subscription and so many messages that wait, and a retained message for each topic; they are newer than `lastOrder`. */
export function stateWith(
  clientId: string,
  waiting: number,
  topics: readonly string[],
  lastOrder = 0,
): StoredState {
  const state = { ...emptyState(), lastOrder };
  state.time = 1000;
  for (const topic of topics) {
    state.retained.set(topic, retainedMessage(topic, `${clientId} ${topic}`, ++state.lastOrder));
  }
  const session = sessionOf(clientId);
  for (let number = 1; number <= waiting; number++) {
    const message = retainedMessage("q", `${clientId} ${number}`, ++state.lastOrder);
    session.entries.set(number, { message, ...WAITING });
  }
  state.sessions.set(clientId, session);
  return state;
}

const WAITING = {
  qos: 1,
  retain: false,
  identifiers: undefined,
  group: undefined,
  packetId: 0,
  released: false,
} as const;

function sessionOf(clientId: string): StoredSession {
  return {
    client: {
      clientId,
      username: undefined,
      protocolLevel: 4,
      isBridge: false,
      cleanSession: false,
      superuser: false,
      isProven: false,
      isNamedByCertificate: false,
      address: "192.0.2.7",
      port: 1,
      listener: "default",
      transport: "tcp",
      certificate: undefined,
    },
    expiryInterval: Infinity,
    detachedAt: 900,
    lastPacketId: 0,
    subscriptions: new Map([["q", subscriptionOptions(1, false, false, undefined)]]),
    received: new Set(),
    entries: new Map(),
  };
}

/** Makes a folder a store with this state. */
export async function makeStore(folder: string, state: StoredState, number = 1): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await rewriteStore(new DenoDisk(folder), state, { number, wall: WALL });
}

/** What a store has. */
export async function stateOf(folder: string): Promise<StoredState> {
  return (await readStore(new DenoDisk(folder))).replayed.state;
}

/** Changes one byte of a file. */
export async function rot(file: string, at: number): Promise<void> {
  const bytes = await Deno.readFile(file);
  bytes[at]! ^= 1;
  await Deno.writeFile(file, bytes);
}

/** Runs `midge store`. */
export function store(...args: readonly string[]): Promise<Outcome> {
  return runMidge(["store", ...args]);
}
