// @ts-check
/** Light or dark: as the system says, or as was chosen here. Invariant: it works where nothing can be stored. */
import { Store } from "./store.js";

/** @typedef {"auto" | "light" | "dark"} Theme */

const KEY = "midge-theme";
/** @type {Theme[]} */
const ORDER = ["auto", "light", "dark"];
const DARK = matchMedia("(prefers-color-scheme: dark)");

/** @returns {Theme} */
function stored() {
  try {
    const value = localStorage.getItem(KEY);
    return ORDER.find((one) => one === value) ?? "auto";
  } catch {
    return "auto";
  }
}

/** What was chosen. */
export const theme = new Store(stored());
/** What it comes to; canvases are drawn again when it changes. */
export const isDark = new Store(false);

function apply() {
  isDark.value = theme.value === "auto" ? DARK.matches : theme.value === "dark";
  document.documentElement.dataset.theme = isDark.value ? "dark" : "light";
}

/** As the system, light, dark, and round again. */
export function nextTheme() {
  theme.value = ORDER[(ORDER.indexOf(theme.value) + 1) % ORDER.length] ?? "auto";
  try {
    localStorage.setItem(KEY, theme.value);
  } catch {
    // It holds until the page is left.
  }
  apply();
}

DARK.addEventListener("change", apply);
apply();
