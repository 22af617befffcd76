// @ts-check
/** What was refused, dropped or ended in the last hour, why, and what to do about it. */
import { list } from "../api.js";
import { Badge, Pending, Time, Value } from "../components/parts.js";
import { usePoll } from "../poll.js";
import { count } from "../text.js";
import { html } from "../vendor.js";
import { ClientLink } from "./client_lists.js";

const SECONDS = 5;
const LIMIT = 300;

/** @type {Record<string, string>} */
const KINDS = {
  login: "login refused",
  denied: "denied",
  dropped: "dropped",
  disconnected: "disconnected",
  refused: "refused",
};

/**
 * @param {{ query: import("../api.js").Query, search?: string, maxRows?: number }} props
 */
export function Incidents({ query, search = "", maxRows }) {
  const polled = usePoll((signal) => list("why", { query, limit: LIMIT, signal }), SECONDS, [
    JSON.stringify(query),
  ]);
  const wanted = search.trim().toLowerCase();
  const rows = (polled.data?.rows ?? []).filter((row) => textOf(row).includes(wanted));
  return html`<${Pending} polled=${polled} />
    ${polled.data && rows.length === 0 && html`<p class="empty">Nothing in the last hour.</p>`}
    <ul class=${`incidents${maxRows ? " few" : ""}`} tabindex=${maxRows ? 0 : undefined}>
      ${
    rows.map((row, index) =>
      html`<${Incident} key=${`${row.at} ${row.clientId} ${row.topic} ${index}`} row=${row} />`
    )
  }
    </ul>
    ${polled.data && !polled.data.isWhole && html`<p class="faint">The last ${count(LIMIT)}.</p>`}`;
}

/** @param {any} row */
function textOf(row) {
  return `${row.clientId}\n${row.username ?? ""}\n${row.address}\n${
    row.topic ?? ""
  }\n${row.reason}\n${row.rule}`
    .toLowerCase();
}

/** @param {{ row: any }} props */
function Incident({ row }) {
  return html`
    <li class="incident">
      <div class="incident-head">
        <${Time} at=${row.last} />
        <${Badge} kind=${row.kind === "disconnected" ? "warn" : "bad"}>${KINDS[row.kind] ??
          row.kind}<//>
          <${ClientLink} id=${row.clientId} />
          ${row.username !== null && html`<span>user <${Value} text=${row.username} /></span>`}
          <span class="faint">${row.address}</span>
          ${row.times > 1 &&
            html`<span class="faint">${
              count(row.times)
            } times since <${Time} at=${row.at} /></span>`}
        </div>
        <p>${row.topic === null ? row.action : `${row.action} `}${row.topic !== null &&
          html`<${Value} text=${row.topic} />`}: <b>${row.reason}</b>
          ${row.code !== null && ` (0x${row.code.toString(16).padStart(2, "0")})`}</p>
        ${row.rule !== "" && html`<p class="faint">Rule: <${Value} text=${row.rule} /></p>`}
        ${row.advice !== "" && html`<p>→ ${row.advice}</p>`}
      </li>
  `;
}
