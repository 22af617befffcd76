// @ts-check
/**
 * The HTTP API, as the page asks it. Invariants: addresses are relative to the page, so that it works below any path;
 * what changes something carries the session's token; a 401 ends the session, a failed connection is told and comes
 * back by itself.
 */
import { comeback, connection, session } from "./session.js";

const RETRY_MS = 3_000;
const PART = 1_000;

/** What the API answered in place of a result. `message` is for people. */
export class ApiError extends Error {
  /**
   * @param {number} status of HTTP; 0: there was no answer
   * @param {string} code
   * @param {string} message
   */
  constructor(status, code, message) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }
}

/** Was there no answer at all? @param {Error} error */
export function isUnreachable(error) {
  return error instanceof ApiError && error.status === 0;
}

/** @typedef {Record<string, string | number | boolean | null | undefined>} Query */
/** @typedef {{ query?: Query, body?: unknown, signal?: AbortSignal | undefined }} Options */

/**
 * The address of a route below the API, its arguments in it: route("clients/{clientId}", {clientId}).
 * @param {string} path
 * @param {Record<string, string>} [args]
 */
export function route(path, args = {}) {
  return path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(args[name] ?? ""));
}

/** @param {Query} [query] undefined and null are left out */
function queryText(query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? "" : `?${text}`;
}

/**
 * Asks for a page of the server; the answer's body is not read yet.
 * @param {string} method
 * @param {string} path relative to the page
 * @param {Options} [options]
 * @returns {Promise<Response>}
 */
export async function request(method, path, { query, body, signal } = {}) {
  /** @type {Record<string, string>} */
  const headers = { accept: "application/json" };
  if (method !== "GET") headers["x-csrf-token"] = session.value?.csrf ?? "";
  if (body !== undefined) headers["content-type"] = "application/json";
  const response = await reach(path + queryText(query), {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
    signal: signal ?? null,
    credentials: "same-origin",
    cache: "no-store",
  });
  if (response.ok) return response;
  const error = await errorOf(response);
  if (response.status === 401 && path !== "login") session.value = null;
  throw error;
}

/** @param {string} url @param {RequestInit} init */
async function reach(url, init) {
  try {
    const response = await fetch(url, init);
    setReached();
    return response;
  } catch (error) {
    if (init.signal?.aborted) throw error;
    connection.value = { isLost: true, retryAt: Date.now() + RETRY_MS };
    throw new ApiError(0, "unreachable", "The broker does not answer.");
  }
}

function setReached() {
  if (!connection.value.isLost) return;
  connection.value = { isLost: false, retryAt: 0 };
  comeback.value++;
}

/** @param {Response} response */
async function errorOf(response) {
  /** @type {{ error?: { code?: unknown, message?: unknown } } | null} */
  const body = await response.json().catch(() => null);
  const { code, message } = body?.error ?? {};
  return new ApiError(
    response.status,
    typeof code === "string" ? code : "error",
    typeof message === "string" ? message : `The broker answered ${response.status}.`,
  );
}

/**
 * One command of the API.
 * @param {"GET" | "POST" | "PUT" | "DELETE"} method
 * @param {string} path below /api/v1
 * @param {Options} [options]
 * @returns {Promise<any>} what it answered, by the schema of the command
 */
export async function api(method, path, options) {
  const response = await request(method, `api/v1/${path}`, options);
  return response.status === 204 ? null : await response.json();
}

/**
 * @param {string} path @param {Query} [query] @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export function get(path, query = {}, signal = undefined) {
  return api("GET", path, { query, signal });
}

/**
 * The rows of a listing, part by part, until there are no more or `limit` of them.
 * @param {string} path
 * @param {{ query?: Query, limit?: number, signal?: AbortSignal | undefined, onPart?: (rows: any[]) => void }} [options]
 * @returns {Promise<{ rows: any[], isWhole: boolean }>}
 */
export async function list(path, { query = {}, limit = 50_000, signal, onPart } = {}) {
  /** @type {any[]} */
  const rows = [];
  /** @type {number | string | null | undefined} */
  let offset = 0;
  while (offset !== null && offset !== undefined && rows.length < limit) {
    const part = Math.min(PART, limit - rows.length);
    /** @type {{ items: any[], next?: number | string | null }} */
    const { items, next } = await get(path, { ...query, offset, limit: part }, signal);
    for (const item of items) rows.push(item);
    onPart?.(rows);
    offset = next;
  }
  return { rows, isWhole: offset === null || offset === undefined };
}
