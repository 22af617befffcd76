// @ts-check
/**
 * Where the page is: `#/clients/ID?search=x`. Invariant: parts and query are decoded; what cannot be decoded is kept as
 * it is.
 */
import { Store, useStore } from "./store.js";

/** @typedef {{ parts: string[], query: URLSearchParams }} Place */

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * @param {string} hash
 * @returns {Place}
 */
export function placeOf(hash) {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  return { parts: path.split("/").map(decoded), query: new URLSearchParams(query) };
}

/**
 * The hash of a place: hashOf("clients", "a/b") is `#/clients/a%2Fb`.
 * @param {...string} parts
 */
export function hashOf(...parts) {
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

/** The present place. */
export const place = new Store(placeOf(location.hash));

addEventListener("hashchange", () => place.value = placeOf(location.hash));

/** @param {string} hash */
export function navigate(hash) {
  location.hash = hash;
}

/** Changes what stands behind the `?` without a new entry in the history. @param {Record<string, string>} query */
export function replaceQuery(query) {
  const { parts } = place.value;
  const pairs = Object.entries(query).filter(([, value]) => value !== "");
  const text = new URLSearchParams(pairs).toString();
  history.replaceState(null, "", hashOf(...parts) + (text === "" ? "" : `?${text}`));
  place.value = placeOf(location.hash);
}

/** The present place in a view. */
export function usePlace() {
  return useStore(place);
}
