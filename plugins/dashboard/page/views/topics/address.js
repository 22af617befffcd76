// @ts-check
/**
 * What of the view is in the address: the chosen topic, the filters with their QoS, `#/topics/a%2Fb?filter=a/%23`.
 * Invariants: reading what was written gives the same; an address without filters stands for `#`.
 */
import { hashOf, placeOf } from "../../address.js";

/**
 * @typedef {{ topicFilter: string, qos: 0 | 1 | 2 }} Filter
 * @typedef {{ topicName: string, filters: Filter[] }} Address `topicName` empty: none is chosen
 */

const NAMES = /** @type {const} */ (["filter", "filter1", "filter2"]);
/** @type {readonly Filter[]} */
const DEFAULT = [{ topicFilter: "#", qos: 0 }];

/** @param {string} hash @returns {Address} */
export function readAddress(hash) {
  const { parts, query } = placeOf(hash);
  /** @type {Filter[]} */
  const filters = [];
  for (const [name, topicFilter] of query) {
    const qos = /** @type {0 | 1 | 2 | -1} */ (NAMES.findIndex((one) => one === name));
    if (qos === -1 || topicFilter === "") continue;
    if (!filters.some((one) => one.topicFilter === topicFilter)) filters.push({ topicFilter, qos });
  }
  const isNew = NAMES.every((name) => !query.has(name));
  return { topicName: parts.slice(1).join("/"), filters: isNew ? [...DEFAULT] : filters };
}

/** @param {Address} address */
export function writeAddress({ topicName, filters }) {
  const [first] = filters;
  const isDefault = filters.length === 1 && first?.topicFilter === "#" && first.qos === 0;
  const query = new URLSearchParams();
  for (const { topicFilter, qos } of isDefault ? [] : filters) {
    query.append(NAMES[qos], topicFilter);
  }
  if (filters.length === 0) query.append(NAMES[0], "");
  const text = query.toString();
  const path = topicName === "" ? hashOf("topics") : hashOf("topics", topicName);
  return path + (text === "" ? "" : `?${text}`);
}
