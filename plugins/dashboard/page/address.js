// @ts-check
/**
 * Addresses in the page: `#/clients/ID?search=x`. Invariant: parts and query are decoded; what cannot be decoded is
 * kept as it is.
 */

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
