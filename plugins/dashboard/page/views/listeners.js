// @ts-check
/** The listeners, and the certificates that they show. */
import { list } from "../api.js";
import { Badge, Facts, Pending, Section, Value } from "../components/parts.js";
import { usePoll } from "../poll.js";
import { count } from "../text.js";
import { html } from "../vendor.js";

const SECONDS = 5;
const SOON_DAYS = 14;

/** The view. */
export default function Listeners() {
  const polled = usePoll((signal) => list("listeners", { signal }), SECONDS);
  return html`
    <${Pending} polled=${polled} />
    <div class="two">${(polled.data?.rows ?? []).map((row) =>
      html`<${Listener} key=${row.name} row=${row} />`
    )}</div>
  `;
}

/** @param {{ row: any }} props */
function Listener({ row }) {
  const limit = row.maxConnections === null ? "" : ` of ${count(row.maxConnections)}`;
  const host = row.address.includes(":") ? `[${row.address}]` : row.address;
  return html`<${Section} title=${row.name}>
    <${Facts} items=${[
    ["Address", row.port === 0 ? row.address : `${host}:${row.port}`],
    ["Transport", row.transport],
    ["Connections", `${count(row.connections)}${limit}`],
    ["Asks of clients", row.asks.join(", ") || "plain MQTT"],
  ]} />
    ${
    row.certificates.map((/** @type {any} */ one) =>
      html`<${Certificate} key=${one.file} row=${one} />`
    )
  }
  <//>`;
}

/** @param {{ row: any }} props */
function Certificate({ row: { file, names, expires, daysLeft } }) {
  const kind = daysLeft < 0 ? "bad" : daysLeft <= SOON_DAYS ? "warn" : "good";
  const days = Math.abs(daysLeft) === 1 ? "day" : "days";
  const left = daysLeft < 0 ? `expired ${-daysLeft} ${days} ago` : `${daysLeft} ${days} left`;
  return html`
    <div class="certificate">
      <h3>Certificate <${Value} text=${names.join(", ")} /></h3>
      <p>
        <${Badge}
          kind=${kind}>${left}<//>${" "}<span class="faint">until ${expires}, ${file}</span></p>
      </div>
  `;
}
