/** What all clients of a round share. Invariant: a history belongs to one round; it is exchanged while all is quiet. */
import type { BrokerAddress } from "../support/raw_client.ts";
import type { Happening, History } from "./history.ts";

/** The round as its clients see it. */
export interface World {
  history: History;
  readonly address: BrokerAddress;
  /** New messages are to be sent, clients are to come and go. */
  isLoading: boolean;
  /** The run is over: no one is to wait for the broker any more. */
  isOver: boolean;
}

/** Notes what happened to one client. */
export type Note = (happening: Happening) => void;

/** Sends bytes over the client's present connection, if there is one. */
export type Send = (bytes: Uint8Array) => void;

/** Resolves after this time, milliseconds. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
