/**
 * Exchanges by packet id, in slots: an id has the slot that its last bits say. Invariants: no two ids under way share a
 * slot, for a new id is one whose slot is free; what is looked through comes in the order in which it was added; an
 * exchange that begins and ends makes no object here.
 */
import type { InflightMessage } from "./inflight.ts";

/** Slots: a power of two, like all larger numbers of them. */
const FEWEST = 4;
/** More of them are given up when nothing is under way. */
const MOST_KEPT = 256;
const LAST_ID = 65_535;

/** Packet ids to exchanges. */
export class ExchangeTable {
  #exchanges: (InflightMessage | undefined)[] = emptySlots(FEWEST);
  /** 0: the slot is free. */
  #ids: number[] = noNumbers(FEWEST);
  /** The how manieth it was to be added. */
  #turns: number[] = noNumbers(FEWEST);
  #turn = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(packetId: number): InflightMessage | undefined {
    const at = packetId & (this.#ids.length - 1);
    return this.#ids[at] === packetId ? this.#exchanges[at] : undefined;
  }

  /** The first id behind this one that can be added. Fewer than 65,535 must be under way. */
  freeId(behind: number): number {
    if (this.#size * 2 > this.#ids.length && this.#ids.length <= LAST_ID) this.#grow();
    const mask = this.#ids.length - 1;
    let id = behind;
    do id = id === LAST_ID ? 1 : id + 1; while (this.#ids[id & mask] !== 0);
    return id;
  }

  /** Adds one whose id is not under way. */
  add(packetId: number, exchange: InflightMessage): void {
    while (this.#ids[packetId & (this.#ids.length - 1)] !== 0) this.#grow();
    this.#put(packetId, exchange, ++this.#turn);
    this.#size++;
  }

  /** False: it is not under way. */
  delete(packetId: number): boolean {
    const at = packetId & (this.#ids.length - 1);
    if (this.#ids[at] !== packetId) return false;
    this.#ids[at] = 0;
    this.#exchanges[at] = undefined;
    if (--this.#size === 0 && this.#ids.length > MOST_KEPT) this.#clear(FEWEST);
    return true;
  }

  /** As they are now: what is added or deleted meanwhile changes nothing of it. */
  entries(): [packetId: number, InflightMessage][] {
    const slots: number[] = [];
    for (let at = 0; at < this.#ids.length; at++) if (this.#ids[at] !== 0) slots.push(at);
    slots.sort((a, b) => this.#turns[a]! - this.#turns[b]!);
    return slots.map((at) => [this.#ids[at]!, this.#exchanges[at]!]);
  }

  /** Is it so for an exchange? In no order; none is looked at behind the first. */
  some(isSo: (exchange: InflightMessage) => boolean): boolean {
    return this.#exchanges.some((exchange) => exchange !== undefined && isSo(exchange));
  }

  #put(packetId: number, exchange: InflightMessage, turn: number): void {
    const at = packetId & (this.#ids.length - 1);
    this.#ids[at] = packetId;
    this.#exchanges[at] = exchange;
    this.#turns[at] = turn;
  }

  /** Twice as many slots: ids that had different ones have different ones again. */
  #grow(): void {
    const [exchanges, ids, turns] = [this.#exchanges, this.#ids, this.#turns];
    this.#clear(ids.length * 2);
    for (let at = 0; at < ids.length; at++) {
      if (ids[at] !== 0) this.#put(ids[at]!, exchanges[at]!, turns[at]!);
    }
  }

  #clear(slots: number): void {
    this.#exchanges = emptySlots(slots);
    this.#ids = noNumbers(slots);
    this.#turns = noNumbers(slots);
  }
}

function emptySlots(count: number): undefined[] {
  return new Array<undefined>(count).fill(undefined);
}

function noNumbers(count: number): number[] {
  return new Array<number>(count).fill(0);
}
