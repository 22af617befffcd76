// @ts-check
/**
 * The keys of a tree, as in the pattern `treeview` of ARIA. Invariant: a key moves to a row, or opens or closes a branch,
 * never both.
 */
import { indexOf, rowCount, rowsOf } from "./tree_rows.js";

/**
 * @typedef {import("./tree.js").Branch} Branch
 * @typedef {{ branch: Branch, expand?: boolean }} Move
 * @typedef {object} Place
 * @property {Branch} root
 * @property {import("./search.js").Found | undefined} found
 * @property {Branch | undefined} active
 * @property {number} rowsInSight
 */

/** @type {WeakMap<Branch, string>} */
const KEYS = new WeakMap();
let lastKey = 0;

/** A name for an element's `id`; topic names may be anything. @param {Branch} branch */
export function keyOf(branch) {
  const known = KEYS.get(branch);
  if (known !== undefined) return known;
  const key = `topic-${++lastKey}`;
  KEYS.set(branch, key);
  return key;
}

/**
 * What a key does; undefined: nothing.
 * @param {string} key
 * @param {Place} place
 * @returns {Move | undefined}
 */
export function moved(key, place) {
  const { found, active } = place;
  if (active !== undefined && found === undefined) {
    if (key === "ArrowRight") return opened(active);
    if (key === "ArrowLeft") return closed(active);
    if (key === "Enter" || key === " ") {
      return active.children && { branch: active, expand: !active.isExpanded };
    }
  }
  const total = found === undefined ? rowCount(place.root) : found.rows().length;
  const index = targetOf(key, currentIndex(place), total, place.rowsInSight);
  if (index === undefined || total === 0) return undefined;
  const branch = branchAt(place, Math.max(0, Math.min(total - 1, index)));
  return branch && { branch };
}

/** @param {Branch} active @returns {Move | undefined} */
function opened(active) {
  if (active.children === undefined) return undefined;
  if (!active.isExpanded) return { branch: active, expand: true };
  const [first] = active.sorted;
  return first && { branch: first };
}

/** @param {Branch} active @returns {Move | undefined} */
function closed(active) {
  if (active.isExpanded) return { branch: active, expand: false };
  const { parent } = active;
  return parent?.parent && { branch: parent };
}

/** @param {Place} place */
function currentIndex({ found, active }) {
  if (active === undefined) return -1;
  if (found === undefined) return indexOf(active) ?? -1;
  return found.rows().findIndex(([, branch]) => branch === active);
}

/** @param {string} key @param {number} index @param {number} total @param {number} rowsInSight */
function targetOf(key, index, total, rowsInSight) {
  if (key === "ArrowDown") return index + 1;
  if (key === "ArrowUp") return index - 1;
  if (key === "PageDown") return index + rowsInSight;
  if (key === "PageUp") return index - rowsInSight;
  if (key === "Home") return 0;
  return key === "End" ? total - 1 : undefined;
}

/** @param {Place} place @param {number} index */
function branchAt({ root, found }, index) {
  if (found !== undefined) return found.rows()[index]?.[1];
  return rowsOf(root, index, index + 1)[0]?.branch;
}
