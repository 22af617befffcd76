// @ts-check
/**
 * Which rows of a long list are drawn, and rows in an order. Invariant: the rows in sight are drawn, and a few around
 * them; their number does not grow with the list.
 */
import { useEffect, useState } from "../vendor.js";

const AROUND = 8;

/**
 * The range of rows to draw: from `first` on, below `end`.
 * @param {number} top of the list in pixels that are scrolled away
 * @param {number} height in pixels that are seen
 * @param {number} rowHeight
 * @param {number} total
 */
export function rangeOf(top, height, rowHeight, total) {
  const first = Math.max(0, Math.min(total, Math.floor(top / rowHeight)) - AROUND);
  const end = Math.min(total, Math.ceil((top + height) / rowHeight) + AROUND);
  return { first, end: Math.max(first, end) };
}

/**
 * Follows how far an element is scrolled and how high it is.
 * @param {{ current: HTMLElement | null }} element
 * @param {number} rowHeight drawn again only when another row comes into sight
 * @param {boolean} [isThere] is the element drawn?
 */
export function useScroll(element, rowHeight, isThere = true) {
  const [seen, setSeen] = useState({ top: 0, height: 600 });
  useEffect(() => {
    const scroller = element.current;
    if (scroller === null) return;
    const look = () => {
      const top = Math.floor(scroller.scrollTop / rowHeight) * rowHeight;
      const height = scroller.clientHeight;
      setSeen((before) =>
        before.top === top && before.height === height ? before : { top, height }
      );
    };
    look();
    const resized = new ResizeObserver(look);
    resized.observe(scroller);
    scroller.addEventListener("scroll", look, { passive: true });
    return () => {
      resized.disconnect();
      scroller.removeEventListener("scroll", look);
    };
  }, [rowHeight, isThere]);
  return seen;
}

/**
 * @template T
 * @param {readonly T[]} rows
 * @param {(row: T) => string | number} valueOf
 * @param {boolean} isDown
 * @returns {T[]} a new array; equal ones stay in their order
 */
export function sorted(rows, valueOf, isDown) {
  const sign = isDown ? -1 : 1;
  const keyed = rows.map((row) => /** @type {const} */ ([valueOf(row), row]));
  keyed.sort(([a], [b]) => a === b ? 0 : sign * (a < b ? -1 : 1));
  return keyed.map(([, row]) => row);
}
