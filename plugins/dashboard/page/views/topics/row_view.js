// @ts-check
/** One row of the tree. Invariant: what comes from clients is one short line of visible text. */
import { counted, short, visible } from "../../text.js";
import { html } from "../../vendor.js";
import { isText, textOf } from "./formats.js";
import { isWhole } from "./message.js";
import { keyOf } from "./tree_keys.js";

/** @typedef {import("./tree.js").Branch} Branch */

const PREVIEW_BYTES = 200;
const PREVIEW = 120;
const NAME = 200;
const INDENT_REM = 0.9;
const MAX_INDENT = 12;

/** The first of a payload, in a line. @param {import("./message.js").Message} message */
export function preview(message) {
  const { payload, bytes } = message;
  if (payload === null) return "";
  if (bytes === 0) return "(empty)";
  const first = payload.subarray(0, PREVIEW_BYTES);
  if (!isText(first, isWhole(message) && first.length === payload.length)) {
    return [...first.subarray(0, 24)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  }
  const text = textOf(first);
  return visible(text.length > PREVIEW ? `${text.slice(0, PREVIEW)}…` : text);
}

/**
 * @param {object} props
 * @param {import("./tree_rows.js").Row} props.row
 * @param {number} props.top pixels
 * @param {boolean} props.isFlat whole names, in a list
 * @param {boolean} props.isActive
 * @param {(branch: Branch) => void} props.onActive
 * @param {(branch: Branch, isExpanded: boolean) => void} props.onExpand
 */
export function RowView({ row, top, isFlat, isActive, onActive, onExpand }) {
  const { branch, position, siblings } = row;
  const isBranch = !isFlat && branch.children !== undefined;
  const name = isFlat ? branch.name : branch.level;
  const depth = isFlat ? 1 : branch.depth;
  const indent = `${0.3 + INDENT_REM * Math.min(depth - 1, MAX_INDENT)}rem`;
  const turn = (/** @type {Event} */ event) => {
    event.stopPropagation();
    onExpand(branch, !branch.isExpanded);
  };
  return html`
    <div role="treeitem" id=${keyOf(branch)} class="topic-row" aria-level=${depth}
      aria-posinset=${position} aria-setsize=${siblings} aria-selected=${isActive
        ? "true"
        : "false"}
      aria-expanded=${isBranch ? String(branch.isExpanded) : undefined}
      style=${{ transform: `translateY(${top}px)`, paddingLeft: indent }}
      onClick=${() => onActive(branch)} onDblClick=${isBranch ? turn : undefined}>
      <span class="twisty" aria-hidden="true" onClick=${isBranch ? turn : undefined}>
        ${isBranch ? (branch.isExpanded ? "▾" : "▸") : ""}
      </span>
      <bdi class="level">${name === "" ? "(empty)" : visible(name, NAME)}</bdi>
      ${branch.isRetained &&
        html`<span class="retained" title="A message is retained here">R</span>`}
      ${branch.last && html`<bdi class="last">${preview(branch.last)}</bdi>`}
      <span class="numbers">${numbersOf(branch, isBranch)}</span>
    </div>
  `;
}

/** @param {Branch} branch @param {boolean} isBranch */
function numbersOf(branch, isBranch) {
  const rate = branch.rate.value(Date.now());
  const speed = rate >= 0.05 ? ` ${short(rate)}/s` : "";
  const messages = `${short(branch.messages)} msg${speed}`;
  return isBranch ? `${counted(branch.topics, "topic")}, ${messages}` : messages;
}
