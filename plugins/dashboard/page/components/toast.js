// @ts-check
/**
 * Short messages at the edge of the page, read out as they come. Invariant: one with an action stays long enough to be
 * reached by keyboard; an error stays until it is closed.
 */
import { Store, useStore } from "../store.js";
import { html } from "../vendor.js";

/**
 * @typedef {{ label: string, run: () => unknown }} ToastAction
 * @typedef {{ id: number, text: string, kind: "info" | "error", action?: ToastAction | undefined }} Toast
 */

/** @type {Store<Toast[]>} */
const toasts = new Store(/** @type {Toast[]} */ ([]));
let lastId = 0;

const SHORT_MS = 6_000;
const WITH_ACTION_MS = 30_000;
const MAX = 5;

/** @param {number} id */
function close(id) {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

/**
 * Shows a message.
 * @param {string} text
 * @param {{ kind?: "info" | "error", action?: ToastAction | undefined }} [options]
 */
export function toast(text, { kind = "info", action } = {}) {
  const id = ++lastId;
  toasts.value = [...toasts.value, { id, text, kind, action }].slice(-MAX);
  if (kind === "error") return;
  setTimeout(() => close(id), action === undefined ? SHORT_MS : WITH_ACTION_MS);
}

/**
 * Does something and tells how it ended; a failure is a message, not an exception.
 * @template T
 * @param {() => Promise<T>} task
 * @param {string | ((result: T) => string)} [done] the message of success; none: nothing is said
 * @returns {Promise<T | undefined>} undefined: it failed
 */
export async function attempt(task, done) {
  try {
    const result = await task();
    if (done !== undefined) toast(typeof done === "string" ? done : done(result));
    return result;
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), { kind: "error" });
    return undefined;
  }
}

/** All messages; stands once in the page. */
export function Toasts() {
  const shown = useStore(toasts);
  const of = (/** @type {string} */ kind) => shown.filter((one) => one.kind === kind).map(viewOf);
  return html`
    <div class="toasts">
      <div role="status" aria-live="polite">${of("info")}</div>
      <div role="alert">${of("error")}</div>
    </div>
  `;
}

/** @param {Toast} toast */
function viewOf({ id, text, kind, action }) {
  const act = () => {
    close(id);
    action?.run();
  };
  return html`<div key=${id} class="toast ${kind}">
    <span>${text}</span>
    ${action && html`<button type="button" onClick=${act}>${action.label}</button>`}
    <button type="button" class="quiet" aria-label="Close message" onClick=${() => close(id)}>
      ✕
    </button>
  </div>`;
}
