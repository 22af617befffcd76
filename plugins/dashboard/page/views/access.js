// @ts-check
/** Decisions of access: the last ones, why a client may or may not, and the sources that are asked. */
import { api } from "../api.js";
import { confirm } from "../components/dialog.js";
import { Listing } from "../components/listing.js";
import { Badge, Time, Value } from "../components/parts.js";
import { Tabs } from "../components/tabs.js";
import { attempt } from "../components/toast.js";
import { usePlace } from "../router.js";
import { useIsAdmin } from "../session.js";
import { count, milliseconds } from "../text.js";
import { html, useState } from "../vendor.js";
import { ClientLink } from "./client_lists.js";
import { Explain } from "./explain.js";

/** The view. */
export default function Access() {
  const show = usePlace().query.get("show") ?? "";
  return html`<${Tabs} label="Parts of access" view="access" current=${show} tabs=${[
    ["", "Decisions"],
    ["explain", "Explain"],
    ["sources", "Sources"],
  ]} />
    ${show === "" && html`<${Decisions} />`}
    ${show === "explain" && html`<${Explain} />`}
    ${show === "sources" && html`<${Sources} />`}`;
}

/** @type {import("../components/table.js").Column<any>[]} */
const DECISIONS = [
  {
    title: "At",
    width: "7rem",
    sort: (row) => row.at,
    cell: (row) => html`<${Time} at=${row.at} />`,
  },
  {
    title: "Verdict",
    width: "5.5rem",
    sort: (row) => row.verdict,
    cell: (row) =>
      html`<${Badge} kind=${row.verdict === "allow" ? "good" : "bad"}>${row.verdict}<//>`,
  },
  {
    title: "Client",
    sort: (row) => row.clientId,
    cell: (row) => html`<${ClientLink} id=${row.clientId} />`,
  },
  {
    title: "User",
    isWide: true,
    width: "minmax(0, 0.7fr)",
    sort: (row) => row.username ?? "",
    cell: (row) => html`<${Value} text=${row.username} />`,
  },
  {
    title: "Question",
    isWide: true,
    width: "8.2rem",
    sort: (row) => row.question,
    cell: (row) => row.question,
  },
  {
    title: "Topic",
    sort: (row) => row.topic ?? "",
    cell: (row) => html`<${Value} text=${row.topic} />`,
  },
  {
    title: "Because",
    isWide: true,
    width: "minmax(0, 1.6fr)",
    sort: (row) => row.because,
    cell: (row) => html`<${Value} text=${row.because} />`,
  },
  {
    title: "Times",
    isWide: true,
    width: "5rem",
    isNumber: true,
    sort: (row) => row.times,
    cell: (row) => count(row.times),
  },
];

function Decisions() {
  const [verdict, setVerdict] = useState("");
  const change = (/** @type {Event} */ event) =>
    setVerdict(/** @type {HTMLSelectElement} */ (event.target).value);
  return html`
    <${Listing} path="access/decisions" query=${{ verdict: verdict || undefined }} label="decisions"
      columns=${DECISIONS} limit=${1_000} empty="No decision yet."
      keyOf=${(/** @type {any} */ row) =>
        JSON.stringify([row.at, row.clientId, row.question, row.topic, row.verdict])}
      textOf=${(/** @type {any} */ row) =>
        `${row.clientId}\n${row.username ?? ""}\n${
          row.topic ?? ""
        }\n${row.because}\n${row.question}`}
      filters=${html`
        <select aria-label="Verdict" onChange=${change}>
          <option value="">Both verdicts</option>
          <option value="deny">Denials</option>
          <option value="allow">Allowed</option>
        </select>
      `} />
  `;
}

/** @param {any} health */
function healthOf(health) {
  if (health === null) return html`<span class="faint">none</span>`;
  const kind = { up: "good", down: "bad" }[/** @type {string} */ (health.state)] ?? "plain";
  const title = health.lastError === null ? undefined : `last: ${health.lastError}`;
  return html`<span title=${title}><${Badge} kind=${kind}>${health.state}<//></span>`;
}

/** @param {string} title @param {string} name @param {boolean} isWide @returns {import("../components/table.js").Column<any>} */
function counted(title, name, isWide) {
  return {
    title,
    isWide,
    isNumber: true,
    width: "6rem",
    sort: (row) => row[name],
    cell: (row) => count(row[name]),
  };
}

/** @type {import("../components/table.js").Column<any>[]} */
const SOURCES = [
  {
    title: "Source",
    sort: (row) => row.source,
    cell: (row) => html`<${Value} text=${row.source} />`,
  },
  { title: "Question", width: "8rem", sort: (row) => row.question, cell: (row) => row.question },
  counted("Allow", "allow", false),
  counted("Deny", "deny", false),
  counted("Ignore", "ignore", true),
  counted("Errors", "error", true),
  counted("Cached", "cacheHits", true),
  {
    title: "Mean",
    width: "6rem",
    isNumber: true,
    isWide: true,
    sort: (row) => row.meanMs,
    cell: (row) => milliseconds(row.meanMs),
  },
  {
    title: "Worst",
    width: "6rem",
    isNumber: true,
    isWide: true,
    sort: (row) => row.worstMs,
    cell: (row) => milliseconds(row.worstMs),
  },
  { title: "Server", width: "6rem", isWide: true, cell: (row) => healthOf(row.health) },
];

function Sources() {
  const isAdmin = useIsAdmin();
  const clean = async () => {
    const isSure = await confirm({
      title: "Forget remembered verdicts?",
      text: "Every client's rights are asked for again. Subscriptions that are denied now end.",
      action: "Forget them",
    });
    if (!isSure) return;
    await attempt(
      () => api("POST", "access/cache-clean", { body: {} }),
      ({ clients, endedSubscriptions }) =>
        `Forgotten for ${count(clients)} clients; ${
          count(endedSubscriptions)
        } subscriptions ended.`,
    );
  };
  return html`
    <${Listing} path="access/sources" label="sources" columns=${SOURCES}
      keyOf=${(/** @type {any} */ row) => `${row.source} ${row.question}`}
      textOf=${(/** @type {any} */ row) => `${row.source} ${row.question}`}
      actions=${isAdmin &&
        html`<button type="button" onClick=${clean}>Forget verdicts…</button>`} />
  `;
}
