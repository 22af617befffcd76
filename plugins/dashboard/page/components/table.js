// @ts-check
/**
 * A table of any length: only the rows in sight are in the document. Invariants: each row has its true number for
 * assistive technology; the arrow keys go from row to row; the header sorts.
 */
import { html, useEffect, useMemo, useRef, useState } from "../vendor.js";
import { rangeOf, sorted, useScroll } from "./rows.js";

/**
 * @template T
 * @typedef {object} Column
 * @property {string} title
 * @property {(row: T) => import("../vendor.js").Children} cell
 * @property {(row: T) => string | number} [sort] absent: it cannot be sorted by this
 * @property {string} [width] as in grid-template-columns; default 1fr
 * @property {boolean} [isNumber] at the right
 * @property {boolean} [isWide] left out where the screen is narrow
 */

const ROW_HEIGHT = 36;
const NARROW = matchMedia("(max-width: 700px)");

function useIsNarrow() {
  const [isNarrow, setNarrow] = useState(NARROW.matches);
  useEffect(() => {
    const look = () => setNarrow(NARROW.matches);
    NARROW.addEventListener("change", look);
    return () => NARROW.removeEventListener("change", look);
  }, []);
  return isNarrow;
}

/**
 * @template T
 * @param {object} props
 * @param {string} props.label what the rows are
 * @param {Column<T>[]} props.columns
 * @param {readonly T[]} props.rows
 * @param {(row: T) => string} props.keyOf
 * @param {number} [props.sortBy] the column that it is sorted by at first; absent: the order of the rows
 * @param {boolean} [props.isDown] largest first
 * @param {import("../vendor.js").Children} [props.empty] what is said where there are no rows
 * @param {number} [props.maxRows] the height, in rows; default: what the window has
 */
export function Table({ label, columns, rows, keyOf, sortBy, isDown, empty, maxRows }) {
  const scroller = useRef(/** @type {HTMLElement | null} */ (null));
  const isNarrow = useIsNarrow();
  const [order, setOrder] = useState({ title: columns[sortBy ?? -1]?.title, isDown: !!isDown });
  const shown = columns.filter((column) => !(isNarrow && column.isWide));
  const valueOf = columns.find(({ title }) => title === order.title)?.sort;
  const inOrder = useMemo(
    () => valueOf === undefined ? rows : sorted(rows, valueOf, order.isDown),
    [rows, order],
  );
  const { top, height } = useScroll(scroller, ROW_HEIGHT, inOrder.length > 0);
  const { first, end } = rangeOf(top, height - ROW_HEIGHT, ROW_HEIGHT, inOrder.length);
  const grid = {
    gridTemplateColumns: shown.map(({ width }) => width ?? "minmax(0, 1fr)").join(" "),
  };
  const maxHeight = maxRows === undefined ? undefined : `${(maxRows + 1) * ROW_HEIGHT + 2}px`;
  if (inOrder.length === 0) return html`<p class="empty">${empty ?? "None."}</p>`;
  return html`
    <div class=${`table${maxRows === undefined ? " tall" : ""}`} ref=${scroller}
      role="table" aria-label=${label} aria-rowcount=${inOrder.length + 1} tabindex="0"
      style=${maxHeight === undefined ? {} : { maxHeight }} onKeyDown=${moveFocus}>
      <${Head} columns=${shown} grid=${grid} order=${order} setOrder=${setOrder} />
      <div role="rowgroup" class="rows" style=${{ height: `${inOrder.length * ROW_HEIGHT}px` }}>
          ${inOrder.slice(first, end).map((row, index) =>
            html`
              <${Row} key=${keyOf(row)} row=${row} index=${first + index} columns=${shown}
                grid=${grid} />
            `
          )}
        </div>
    </div>
  `;
}

/** @param {{ columns: Column<any>[], grid: object, order: { title: string | undefined, isDown: boolean }, setOrder: (order: { title: string, isDown: boolean }) => void }} props */
function Head({ columns, grid, order, setOrder }) {
  return html`
    <div role="rowgroup" class="head">
      <div role="row" aria-rowindex="1" class="row" style=${grid}>
        ${columns.map(({ title, sort, isNumber }) => {
          const isSorted = sort !== undefined && order.title === title;
          const direction = order.isDown ? "descending" : "ascending";
          const turn = () => setOrder({ title, isDown: isSorted ? !order.isDown : !!isNumber });
          return html`
            <div role="columnheader" key=${title} class=${isNumber ? "number" : ""}
              aria-sort=${isSorted ? direction : undefined}>
                    ${sort === undefined
                      ? title
                      : html`<button type="button" class="sort" onClick=${turn}>
          ${title}<span aria-hidden="true">${isSorted ? (order.isDown ? " ▾" : " ▴") : ""}</span>
        </button>`}
                  </div>
          `;
        })}
      </div>
    </div>
  `;
}

/** @param {{ row: any, index: number, columns: Column<any>[], grid: object }} props */
function Row({ row, index, columns, grid }) {
  const place = { ...grid, transform: `translateY(${index * ROW_HEIGHT}px)` };
  return html`<div role="row" class="row" aria-rowindex=${index + 2} style=${place}>
    ${
    columns.map(({ title, cell, isNumber }) =>
      html`<div role="cell" key=${title} class=${isNumber ? "number" : ""}>${cell(row)}</div>`
    )
  }
  </div>`;
}

/** Up and down go to the same place of the row before or behind. @param {KeyboardEvent} event */
function moveFocus(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const target = /** @type {Element} */ (event.target);
  const row = target.closest(".rows > [role=row]");
  if (step === undefined || row === null || target.matches("input, select, textarea")) return;
  const index = Number(row.getAttribute("aria-rowindex")) + step;
  const next = row.parentElement?.querySelector(`[aria-rowindex="${index}"] :is(a, button)`);
  if (!(next instanceof HTMLElement)) return;
  event.preventDefault();
  next.focus();
}
