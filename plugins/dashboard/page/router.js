// @ts-check
/** Where the page is. Invariant: it is what the address bar has behind `#`. */
import { hashOf, placeOf } from "./address.js";
import { Store, useStore } from "./store.js";

export { hashOf, placeOf };

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
