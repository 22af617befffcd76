// @ts-check
/**
 * The rows of the tree as a list. Invariants: only the rows asked for are walked to, whole branches are stepped over;
 * the root is no row.
 */

/**
 * @typedef {import("./tree.js").Branch} Branch
 * @typedef {{ branch: Branch, index: number, position: number, siblings: number }} Row
 *   `index` in the list; `position` from 1 among `siblings`
 */

/** How many rows there are. @param {Branch} root */
export function rowCount(root) {
  return root.shown - 1;
}

/**
 * @param {Branch} root
 * @param {number} first
 * @param {number} end
 * @returns {Row[]} rows `first` to below `end`
 */
export function rowsOf(root, first, end) {
  /** @type {Row[]} */
  const rows = [];
  walk(root, 0, first, end, rows);
  return rows;
}

/** @param {Branch} branch @param {number} at index of its first child @param {number} first @param {number} end @param {Row[]} rows */
function walk(branch, at, first, end, rows) {
  const { sorted } = branch;
  for (let position = 1; position <= sorted.length && at < end; position++) {
    const child = /** @type {Branch} */ (sorted[position - 1]);
    const next = at + child.shown;
    if (next > first) {
      if (at >= first) rows.push({ branch: child, index: at, position, siblings: sorted.length });
      if (child.isExpanded) walk(child, at + 1, first, end, rows);
    }
    at = next;
  }
}

/** Where a branch is in the list; undefined: it is not shown. @param {Branch} branch */
export function indexOf(branch) {
  let index = -1;
  for (let at = branch; at.parent !== undefined; at = at.parent) {
    if (!at.parent.isExpanded) return undefined;
    for (const sibling of at.parent.sorted) {
      if (sibling === at) break;
      index += sibling.shown;
    }
    index++;
  }
  return index;
}
