// @ts-check
/** The bans in force. */
import { api } from "../api.js";
import { confirm } from "../components/dialog.js";
import { Listing } from "../components/listing.js";
import { Time, Value } from "../components/parts.js";
import { attempt } from "../components/toast.js";
import { useIsAdmin } from "../session.js";
import { html, useState } from "../vendor.js";
import { BanDialog } from "./ban_dialog.js";

/** The view. */
export default function Bans() {
  const isAdmin = useIsAdmin();
  const [version, setVersion] = useState(0);
  const [isAdding, setIsAdding] = useState(false);
  const changed = () => setVersion((before) => before + 1);
  return html`
    <${Listing} path="bans" label="bans" version=${version}
      columns=${isAdmin ? [...COLUMNS, endColumn(changed)] : COLUMNS}
      keyOf=${(/** @type {any} */ row) => JSON.stringify(targetOf(row))}
      textOf=${(/** @type {any} */ row) =>
        `${Object.values(targetOf(row)).join("\n")}\n${row.reason ?? ""}`}
      actions=${isAdmin &&
        html`<button type="button" onClick=${() => setIsAdding(true)}>Ban…</button>`}
      empty="No one is banned." />
        ${isAdding && html`<${BanDialog} onClose=${() => setIsAdding(false)} onDone=${changed} />`}
  `;
}

/** What a ban is of. @param {any} row @returns {Record<string, string>} */
function targetOf({ clientId, username, network }) {
  const target = { clientId, username, network };
  return Object.fromEntries(Object.entries(target).filter(([, value]) => value !== null));
}

const TARGET_NAMES = { clientId: "client", username: "user", network: "network" };

/** @type {import("../components/table.js").Column<any>[]} */
const COLUMNS = [
  {
    title: "Who",
    width: "minmax(8rem, 2fr)",
    sort: (row) => Object.values(targetOf(row)).join(" "),
    cell: (row) =>
      Object.entries(TARGET_NAMES).map(([key, name]) =>
        row[key] !== null &&
        html`<span key=${key}>${name} <${Value} text=${row[key]} />${" "}</span>`
      ),
  },
  {
    title: "Until",
    width: "10rem",
    sort: (row) => row.until ?? Infinity,
    cell: (row) => html`<${Time} at=${row.until} empty="for ever" />`,
  },
  { title: "By", width: "6rem", isWide: true, sort: (row) => row.by, cell: (row) => row.by },
  {
    title: "Since",
    width: "10rem",
    isWide: true,
    sort: (row) => row.since,
    cell: (row) => html`<${Time} at=${row.since} />`,
  },
  {
    title: "Reason",
    isWide: true,
    sort: (row) => row.reason ?? "",
    cell: (row) => html`<${Value} text=${row.reason} />`,
  },
];

/** @param {() => void} changed @returns {import("../components/table.js").Column<any>} */
function endColumn(changed) {
  const end = async (/** @type {any} */ row) => {
    const text = Object.values(targetOf(row)).join(", ");
    if (!await confirm({ title: "End the ban?", text, action: "End it" })) return;
    await attempt(() => api("DELETE", "bans", { query: targetOf(row) }), "The ban has ended.");
    changed();
  };
  return {
    title: "Change",
    width: "6rem",
    cell: (row) => html`<button type="button" onClick=${() => end(row)}>End…</button>`,
  };
}
