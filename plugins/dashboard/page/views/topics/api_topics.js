// @ts-check
/** Topics and retained messages as the API has them. Invariant: a payload that the user may not see is not there. */
import { api, ApiError, get, list } from "../../api.js";
import { bytesOf } from "./message.js";

/**
 * @typedef {import("./message.js").Message} Message
 * @typedef {{ message: Message, isRetained: boolean }} Known
 * @typedef {object} TopicRow
 * @property {string} topicName
 * @property {0 | 1 | 2} qos
 * @property {boolean} retain
 * @property {string | null} publisher
 * @property {number | null} at
 * @property {number} messages
 * @property {number} rate
 * @property {boolean} isRetained
 * @property {{ bytes: number, payload: string, isWhole: boolean } | null} last
 */

const MAX_TOPICS = 100_000;

/** @param {TopicRow} row @returns {Known} */
export function knownOf({ topicName, qos, retain, at, isRetained, last }) {
  const payload = last === null ? null : bytesOf(last.payload);
  const bytes = last?.bytes ?? 0;
  const message = { topicName, payload, bytes, qos, retain, at, properties: [] };
  return { message, isRetained };
}

/** All topics that the broker knows, part by part. @param {AbortSignal} signal @param {(topics: Known[]) => void} onPart */
export async function listTopics(signal, onPart) {
  let seen = 0;
  const { rows, isWhole } = await list("topics", {
    signal,
    limit: MAX_TOPICS,
    onPart: (all) => {
      onPart(all.slice(seen).map(knownOf));
      seen = all.length;
    },
  });
  return { topics: rows.length, isWhole };
}

/** @param {string} topicName @param {AbortSignal} signal @returns {Promise<TopicRow | null>} null: it knows none */
export async function getTopic(topicName, signal) {
  try {
    return await get("topic", { topicName }, signal);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** The retained message of a topic, of its payload what the API gives. @param {string} topicName @returns {Promise<Message>} */
export async function getRetained(topicName) {
  const { payload, bytes, qos, at, expirySeconds, contentType } = await get("retained/message", {
    topicName,
  });
  /** @type {[string, string][]} */
  const properties = [];
  if (contentType !== null) properties.push(["Content type", contentType]);
  if (expirySeconds !== null) properties.push(["Expires in", `${expirySeconds} s`]);
  return { topicName, payload: bytesOf(payload), bytes, qos, retain: true, at, properties };
}

/** @param {string} topicName @returns {Promise<{ undo: string | null }>} */
export function deleteRetained(topicName) {
  return api("DELETE", "retained/message", { query: { topicName } });
}

/**
 * @typedef {{ messages: number, bytes: number, topics: string[], undo: string | null, denied?: number }} Purged
 * @param {string} topicFilter
 * @param {boolean} dryRun
 * @returns {Promise<Purged>}
 */
export function purgeRetained(topicFilter, dryRun) {
  return api("DELETE", "retained", { query: { topicFilter, dryRun } });
}

/** @param {string} undo @returns {Promise<{ messages: number, kept: number, lost?: number }>} */
export function undoDeletion(undo) {
  return api("POST", "retained/undo", { body: { undo } });
}
