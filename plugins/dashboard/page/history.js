// @ts-check
/**
 * The last hour of the broker, kept up to date by asking only for what is new. Invariants: at most an hour of moments;
 * the names are those of the API's series, in their order.
 */
import { list } from "./api.js";

/** What each moment's values are, in order. */
export const SERIES = [
  "connections",
  "messagesIn",
  "messagesOut",
  "bytesIn",
  "bytesOut",
  "dropped",
  "queued",
  "inflight",
  "sessions",
  "subscriptions",
  "retained",
  "rss",
  "heap",
  "eventLoopDelay",
  "latencyP50",
  "latencyP99",
];

const HOUR_MS = 3_600_000;

/** @typedef {{ at: number, values: number[] }} Moment */

export class History {
  /** @type {Moment[]} */
  #moments = [];

  /**
   * Asks for what is new.
   * @param {AbortSignal} signal
   * @returns {Promise<Moment[]>} all of the last hour, the oldest first
   */
  async update(signal) {
    const since = this.#moments.at(-1)?.at;
    const { rows } = await list("history", { query: { since }, signal });
    const last = this.#moments.at(-1)?.at ?? 0;
    const all = [...this.#moments, ...rows.filter(({ at }) => at > last)];
    const newest = all.at(-1)?.at ?? 0;
    this.#moments = all.filter(({ at }) => at > newest - HOUR_MS);
    return this.#moments;
  }
}

/** The values of one series. @param {Moment[]} moments @param {string} name */
export function valuesOf(moments, name) {
  const index = SERIES.indexOf(name);
  return moments.map(({ values }) => values[index] ?? null);
}
