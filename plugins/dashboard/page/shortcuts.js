// @ts-check
/**
 * Keys for the whole page. Invariant: no key is taken from who types into a field, or in an open dialog, nor one with
 * Ctrl, Alt or Meta.
 */
import { hashOf, navigate } from "./router.js";
import { Store } from "./store.js";
import { VIEWS } from "./views.js";

/** Is the list of keys shown? */
export const isHelpOpen = new Store(false);

const SECOND_KEY_MS = 1_500;
let goUntil = 0;

/** @param {KeyboardEvent} event */
function onKey(event) {
  const target = /** @type {Element} */ (event.target);
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  if (target.matches("input, textarea, select, [contenteditable]")) return;
  if (document.querySelector("dialog[open]") !== null) return;
  if (event.timeStamp < goUntil) return goTo(event);
  if (event.key === "g") goUntil = event.timeStamp + SECOND_KEY_MS;
  else if (event.key === "?") isHelpOpen.value = true;
  else if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (!(search instanceof HTMLElement)) return;
    event.preventDefault();
    search.focus();
  }
}

/** @param {KeyboardEvent} event */
function goTo(event) {
  goUntil = 0;
  const view = VIEWS.find(({ key }) => key === event.key);
  if (view !== undefined) navigate(hashOf(view.name));
}

/** From now on. @returns {() => void} ends it */
export function listenForShortcuts() {
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
