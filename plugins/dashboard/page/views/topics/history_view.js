// @ts-check
/** The last messages of the chosen topic; a click shows one of them. */
import { Time } from "../../components/parts.js";
import { Table } from "../../components/table.js";
import { size } from "../../text.js";
import { html } from "../../vendor.js";
import { preview } from "./row_view.js";

/** @typedef {import("./message.js").Message} Message */

const ROWS = 12;
/** @type {WeakMap<Message, string>} */
const KEYS = new WeakMap();
let lastKey = 0;

/** @param {Message} message */
function keyOf(message) {
  const known = KEYS.get(message) ?? String(++lastKey);
  KEYS.set(message, known);
  return known;
}

/** @param {{ watch: import("./watch.js").Watch, onShow: (message: Message) => void }} props */
export function HistoryView({ watch, onShow }) {
  return html`
    <${Table} label="Messages of this topic" columns=${columns(onShow)} rows=${watch.history}
      keyOf=${keyOf} maxRows=${ROWS} empty="No message came since the topic was chosen." />
  `;
}

/** @param {(message: Message) => void} onShow @returns {import("../../components/table.js").Column<Message>[]} */
function columns(onShow) {
  return [
    { title: "At", width: "6.5rem", cell: ({ at }) => html`<${Time} at=${at} />` },
    {
      title: "Value",
      cell: (message) =>
        html`<button type="button" class="quiet value" onClick=${() => onShow(message)}>
          ${preview(message) || "(not kept)"}</button>`,
    },
    { title: "Retain", width: "4.5rem", isWide: true, cell: ({ retain }) => retain ? "yes" : "" },
    { title: "Size", width: "5.5rem", isNumber: true, cell: ({ bytes }) => size(bytes) },
  ];
}
