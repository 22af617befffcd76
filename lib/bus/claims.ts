/**
 * Who has which session. Every client id has a home, a member that knows its owner and lets one claim after the other
 * through. Pure. Invariants: a claim is granted when the owner before has given the session up; each claim is answered
 * once, also where a member is lost.
 */
import type { Claim, Granted } from "./bus.ts";
import { claimBytes, grantedBytes, readClaim, readGranted } from "./claim_bytes.ts";
import { BusKind } from "./frames.ts";

/** Nothing was there. */
const NOTHING: Granted = { isRefused: false, state: undefined };

/** What claims need of the bus. */
export interface ClaimServices {
  /** Sends a frame to a member, which may be this one. */
  post(to: number, kind: BusKind, body: Uint8Array): void;
  homeOf(clientId: string): number;
  giveUp(claim: Claim): Granted;
}

/** A claim that waits at its home. */
interface Waiting {
  readonly claim: Claim;
  readonly from: number;
  readonly ticket: number;
  /** Who was asked to give it up; the session may have ended by itself since. */
  owner: number | undefined;
}

/** A claim of this member. */
interface Asked {
  readonly home: number;
  readonly answered: PromiseWithResolvers<Granted>;
}

/** The claims of one member. */
export class Claims {
  readonly #services: ClaimServices;
  /** At the home: by client id. */
  readonly #owners = new Map<string, number>();
  /** At the home: by client id, the first is under way. */
  readonly #waiting = new Map<string, Waiting[]>();
  /** By ticket. */
  readonly #asked = new Map<number, Asked>();
  #lastTicket = 0;

  constructor(services: ClaimServices) {
    this.#services = services;
  }

  /** Client ids whose owner is known here. */
  get ownersKnown(): number {
    return this.#owners.size;
  }

  /** Resolves when the session is this member's, or is refused. */
  ask(claim: Claim): Promise<Granted> {
    const ticket = ++this.#lastTicket;
    const home = this.#services.homeOf(claim.clientId);
    const answered = Promise.withResolvers<Granted>();
    this.#asked.set(ticket, { home, answered });
    this.#services.post(home, BusKind.CLAIM, claimBytes(ticket, claim));
    return answered.promise;
  }

  /** At the home: a member has claimed. */
  claimed(from: number, body: Uint8Array): void {
    const { ticket, claim } = readClaim(body);
    const waiting = this.#waiting.get(claim.clientId) ?? [];
    this.#waiting.set(claim.clientId, waiting);
    waiting.push({ claim, from, ticket, owner: undefined });
    if (waiting.length === 1) this.#next(claim.clientId);
  }

  /** At the owner: gives up what is claimed. */
  yields(from: number, body: Uint8Array): void {
    const { claim } = readClaim(body);
    this.#services.post(from, BusKind.YIELDED, yieldedBytes(claim, this.#services.giveUp(claim)));
  }

  /** At the home: the owner has given up, or refuses. */
  yielded(from: number, body: Uint8Array): void {
    const { clientId, granted } = readYielded(body);
    if (this.#waiting.get(clientId)?.[0]?.owner === from) this.#grant(clientId, granted);
  }

  /** At the claimant: the answer. */
  granted(body: Uint8Array): void {
    const { ticket, granted } = readGranted(body);
    this.#asked.get(ticket)?.answered.resolve(granted);
    this.#asked.delete(ticket);
  }

  /** At the home: a session has ended. */
  released(from: number, clientId: string): void {
    if (this.#owners.get(clientId) === from) this.#owners.delete(clientId);
  }

  /** A member is lost, and what it had. */
  lost(member: number): void {
    for (const [clientId, owner] of this.#owners) {
      if (owner === member) this.#owners.delete(clientId);
    }
    for (const [clientId, [first]] of [...this.#waiting]) {
      if (first!.owner === member) this.#grant(clientId, NOTHING);
    }
    for (const [ticket, { home, answered }] of this.#asked) {
      if (home !== member) continue;
      this.#asked.delete(ticket);
      answered.resolve(NOTHING);
    }
  }

  #next(clientId: string): void {
    const first = this.#waiting.get(clientId)![0]!;
    const { claim, from } = first;
    const owner = this.#owners.get(clientId);
    if (owner === undefined || owner === from) return this.#grant(clientId, NOTHING);
    first.owner = owner;
    this.#services.post(owner, BusKind.YIELD, claimBytes(0, claim));
  }

  #grant(clientId: string, granted: Granted): void {
    const waiting = this.#waiting.get(clientId)!;
    const { from, ticket } = waiting.shift()!;
    if (!granted.isRefused) this.#owners.set(clientId, from);
    if (waiting.length === 0) this.#waiting.delete(clientId);
    this.#services.post(from, BusKind.GRANTED, grantedBytes(ticket, granted));
    if (waiting.length > 0) this.#next(clientId);
  }
}

/** The claim says whose session it is: its length is in front. */
function yieldedBytes(claim: Claim, granted: Granted): Uint8Array {
  const [head, rest] = [claimBytes(0, claim), grantedBytes(0, granted)];
  const bytes = new Uint8Array(4 + head.length + rest.length);
  new DataView(bytes.buffer).setUint32(0, head.length);
  bytes.set(head, 4);
  bytes.set(rest, 4 + head.length);
  return bytes;
}

function readYielded(bytes: Uint8Array): { clientId: string; granted: Granted } {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const { claim } = readClaim(bytes.subarray(4, 4 + length));
  return { clientId: claim.clientId, granted: readGranted(bytes.subarray(4 + length)).granted };
}
