// @ts-check
/** The plugins in order, with the health of what is behind them. */
import { Listing } from "../components/listing.js";
import { Badge, Value } from "../components/parts.js";
import { api } from "../api.js";
import { attempt } from "../components/toast.js";
import { useIsAdmin } from "../session.js";
import { count, duration } from "../text.js";
import { html } from "../vendor.js";

/** @param {any} health */
function healthOf(health) {
  if (health === null) return html`<span class="faint">–</span>`;
  const kind = { up: "good", down: "bad" }[/** @type {string} */ (health.state)] ?? "plain";
  return html`<${Badge} kind=${kind}>${health.state}<//>${" "}
    <span class="faint">for ${duration((Date.now() - health.since) / 1_000)}</span>`;
}

/** @type {import("../components/table.js").Column<any>[]} */
const COLUMNS = [
  { title: "Plugin", sort: (row) => row.name, cell: (row) => html`<${Value} text=${row.name} />` },
  {
    title: "Key",
    isWide: true,
    sort: (row) => row.key,
    cell: (row) => html`<${Value} text=${row.key} />`,
  },
  { title: "Health", width: "11rem", cell: (row) => healthOf(row.health) },
  {
    title: "Failures",
    width: "6rem",
    isNumber: true,
    sort: (row) => row.failures,
    cell: (row) => count(row.failures),
  },
  {
    title: "Last error",
    isWide: true,
    cell: (row) => html`<${Value} text=${row.health?.lastError ?? null} />`,
  },
  {
    title: "Hooks",
    isWide: true,
    width: "minmax(0, 1.5fr)",
    cell: (row) => html`<span title=${row.hooks.join("\n")}>${row.hooks.join(", ")}</span>`,
  },
];

/** The view. */
export default function Plugins() {
  const isAdmin = useIsAdmin();
  const reload = () =>
    attempt(
      () => api("POST", "access/reload", { body: {} }),
      ({ changes, problems }) => [...changes, ...problems].join(" ") || "Nothing has changed.",
    );
  return html`
    <${Listing} path="plugins" label="plugins" columns=${COLUMNS}
      keyOf=${(/** @type {any} */ row) => row.key} textOf=${(/** @type {any} */ row) =>
        `${row.name} ${row.key}`}
      actions=${isAdmin &&
        html`<button type="button" onClick=${reload}>Read rules again</button>`} />
  `;
}
