// @ts-check
/** The tokens for the HTTP API. Invariant: a new one is shown once. */
import { api, route } from "../api.js";
import { confirm, Dialog } from "../components/dialog.js";
import { Listing } from "../components/listing.js";
import { Field, Time, Value } from "../components/parts.js";
import { attempt } from "../components/toast.js";
import { useIsAdmin } from "../session.js";
import { html, useState } from "../vendor.js";

/** The view. */
export default function Tokens() {
  const isAdmin = useIsAdmin();
  const [version, setVersion] = useState(0);
  const [isAdding, setIsAdding] = useState(false);
  const changed = () => setVersion((before) => before + 1);
  return html`
    <${Listing} path="tokens" label="tokens" version=${version}
      columns=${isAdmin ? [...COLUMNS, endColumn(changed)] : COLUMNS}
      keyOf=${(/** @type {any} */ row) => row.id} textOf=${(/** @type {any} */ row) =>
        `${row.name} ${row.id}`}
      actions=${isAdmin &&
        html`<button type="button" onClick=${() => setIsAdding(true)}>New token…</button>`}
      empty="There is no token." />
        ${isAdding &&
          html`<${TokenDialog} onClose=${() => setIsAdding(false)} onDone=${changed} />`}
  `;
}

/** @type {import("../components/table.js").Column<any>[]} */
const COLUMNS = [
  {
    title: "Name",
    sort: (row) => row.name,
    cell: (row) => html`<${Value} text=${row.name} empty="(no name)" />`,
  },
  {
    title: "Id",
    width: "8rem",
    isWide: true,
    sort: (row) => row.id,
    cell: (row) => html`<${Value} text=${row.id} />`,
  },
  { title: "Role", width: "6rem", sort: (row) => row.role, cell: (row) => row.role },
  {
    title: "Made",
    width: "11rem",
    isWide: true,
    sort: (row) => row.created,
    cell: (row) => html`<${Time} at=${row.created} />`,
  },
  {
    title: "Last use",
    width: "11rem",
    isWide: true,
    sort: (row) => row.lastUsed ?? 0,
    cell: (row) => html`<${Time} at=${row.lastUsed} empty="never" />`,
  },
  {
    title: "Until",
    width: "11rem",
    isWide: true,
    sort: (row) => row.expires ?? Infinity,
    cell: (row) => html`<${Time} at=${row.expires} empty="for ever" />`,
  },
];

/** @param {() => void} changed @returns {import("../components/table.js").Column<any>} */
function endColumn(changed) {
  const end = async (/** @type {any} */ { id, name }) => {
    const isSure = await confirm({
      title: "Make the token void?",
      text: `${name || id}: what uses it is refused from now on.`,
      action: "Make it void",
      isDanger: true,
    });
    if (!isSure) return;
    await attempt(() => api("DELETE", route("tokens/{id}", { id })), "The token is void.");
    changed();
  };
  return {
    title: "Change",
    width: "6.5rem",
    cell: (row) =>
      html`<button type="button" class="danger" onClick=${() => end(row)}>Void…</button>`,
  };
}

/** @param {{ onClose: () => void, onDone: () => void }} props */
function TokenDialog({ onClose, onDone }) {
  const [token, setToken] = useState("");
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const days = Number(form.get("days"));
    const body = {
      name: String(form.get("name")),
      role: String(form.get("role")),
      ...(days > 0 ? { seconds: days * 86_400 } : {}),
    };
    const result = await attempt(() => api("POST", "tokens", { body }));
    if (result === undefined) return;
    setToken(result.token);
    onDone();
  };
  if (token !== "") {
    return html`<${Dialog} title="The new token" onClose=${onClose}>
      <p>It is shown this once:</p><code class="secret text" tabindex="0">${token}</code>
      <div class="dialog-foot"><button type="button" class="primary" autofocus onClick=${onClose}>I have it</button></div>
    <//>`;
  }
  return html`
    <${Dialog} title="New token" onClose=${onClose}>
      <form class="form" onSubmit=${submit}>
        <${Field} label="Name"><input name="name" autocomplete="off" autofocus /><//>
        <${Field} label="Role"><select name="role"><option>viewer</option><option>admin</option></select><//>
        <${Field} label="Days" hint="Empty: for ever"><input name="days" type="number" min="1" /><//>
        <div class="dialog-foot"><button type="button" onClick=${onClose}>Cancel</button>
          <button class="primary">Make it</button></div>
      </form><//>
  `;
}
