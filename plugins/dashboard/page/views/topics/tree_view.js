// @ts-check
/**
 * The tree as it is seen: role `tree`, of which only the rows in sight are drawn. Invariants: the keyboard is on the tree
 * itself, and the active row is in the document while it is in sight; a row is one line high, whatever stands in it.
 */
import { rangeOf, useScroll } from "../../components/rows.js";
import { html, useEffect, useLayoutEffect, useRef } from "../../vendor.js";
import { keyOf, moved } from "./tree_keys.js";
import { RowView } from "./row_view.js";
import { indexOf, rowCount, rowsOf } from "./tree_rows.js";

/** @typedef {import("./tree.js").Branch} Branch */

const ROW_HEIGHT = 28;

/**
 * @param {object} props
 * @param {import("./browser.js").TopicBrowser} props.browser
 * @param {import("./search.js").Found | undefined} props.found a list instead of the tree
 * @param {Branch | undefined} props.active
 * @param {(branch: Branch) => void} props.onActive
 */
export function TreeView({ browser, found, active, onActive }) {
  const scroller = useRef(/** @type {HTMLElement | null} */ (null));
  const { root } = browser.tree;
  const total = found === undefined ? rowCount(root) : found.rows().length;
  const { top, height } = useScroll(scroller, ROW_HEIGHT, true);
  const { first, end } = rangeOf(top, height, ROW_HEIGHT, total);
  const rows = found === undefined ? rowsOf(root, first, end) : listed(found, first, end);
  useLayoutEffect(() => reveal(scroller.current, active, found), [active]);
  useEffect(() => {
    if (scroller.current !== null && found !== undefined) scroller.current.scrollTop = 0;
  }, [found]);
  const expand = (/** @type {Branch} */ branch, /** @type {boolean} */ isExpanded) => {
    browser.tree.expand(branch, isExpanded);
    browser.touch();
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const rowsInSight = Math.max(1, Math.floor(height / ROW_HEIGHT) - 1);
    const move = moved(event.key, { root, found, active, rowsInSight });
    if (move === undefined) return;
    event.preventDefault();
    if (move.expand !== undefined) expand(move.branch, move.expand);
    else onActive(move.branch);
  };
  const isSeen = rows.some(({ branch }) => branch === active);
  return html`
    <div class="topic-tree" role="tree" aria-label="Topics" tabindex="0" ref=${scroller}
      aria-activedescendant=${isSeen && active ? keyOf(active) : undefined} onKeyDown=${onKeyDown}>
      <div role="none" class="topic-rows" style=${{ height: `${total * ROW_HEIGHT}px` }}>
        ${rows.map((row) =>
          html`
            <${RowView} key=${keyOf(row.branch)} row=${row} top=${row.index * ROW_HEIGHT}
              isFlat=${found !== undefined} isActive=${row.branch === active}
              onActive=${onActive} onExpand=${expand} />
          `
        )}
      </div>
    </div>
  `;
}

/** @param {import("./search.js").Found} found @param {number} first @param {number} end @returns {import("./tree_rows.js").Row[]} */
function listed(found, first, end) {
  const all = found.rows();
  return all.slice(first, end).map(([, branch], at) => ({
    branch,
    index: first + at,
    position: first + at + 1,
    siblings: all.length,
  }));
}

/**
 * Scrolls so that the active row is seen.
 * @param {HTMLElement | null} scroller @param {Branch | undefined} active @param {import("./search.js").Found | undefined} found
 */
function reveal(scroller, active, found) {
  if (scroller === null || active === undefined) return;
  const index = found === undefined
    ? indexOf(active)
    : found.rows().findIndex(([, branch]) => branch === active);
  if (index === undefined || index < 0) return;
  const top = index * ROW_HEIGHT;
  const { scrollTop, clientHeight } = scroller;
  if (top < scrollTop) scroller.scrollTop = top;
  else if (top + ROW_HEIGHT > scrollTop + clientHeight) {
    scroller.scrollTop = top + ROW_HEIGHT - clientHeight;
  }
}
