// @ts-check
/**
 * Server-sent events of the API. Invariant: a stream that broke begins again by itself until its signal fires; a lost
 * session ends it. (EventSource does not say why it failed.)
 */
import { ApiError, request } from "./api.js";

const AGAIN_MS = 2_000;

/**
 * Follows a stream.
 * @param {string} path below /api/v1
 * @param {import("./api.js").Query} query
 * @param {{ signal: AbortSignal, onStart: () => void, onEvent: (event: any) => void, onError: (error: Error) => void }} options
 * `onStart` also when it begins again, from which on events may be repeated
 */
export async function follow(path, query, options) {
  while (!options.signal.aborted) {
    try {
      await followOnce(path, query, options);
    } catch (error) {
      if (options.signal.aborted) return;
      options.onError(error instanceof Error ? error : new Error(String(error)));
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) return;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** @param {string} path @param {import("./api.js").Query} query @param {Parameters<typeof follow>[2]} options */
async function followOnce(path, query, { signal, onStart, onEvent }) {
  const response = await request("GET", `api/v1/${path}`, { query, signal });
  if (response.body === null) return;
  onStart();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + value).split(/\r?\n\r?\n/);
    rest = events.pop() ?? "";
    for (const event of events) {
      const data = dataOf(event);
      if (data !== "") onEvent(JSON.parse(data));
    }
  }
}

/** The data of one event, its lines joined. @param {string} event */
export function dataOf(event) {
  return event.split(/\r?\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).replace(/^ /, ""))
    .join("\n");
}
