// @ts-check
/** The users of plugins with a file of their own. Invariant: a password is sent once, and shown nowhere. */
import { api, route } from "../api.js";
import { confirm, Dialog } from "../components/dialog.js";
import { Listing } from "../components/listing.js";
import { Badge, Field, Value } from "../components/parts.js";
import { attempt } from "../components/toast.js";
import { useIsAdmin } from "../session.js";
import { visible } from "../text.js";
import { html, useState } from "../vendor.js";

/** The view. */
export default function Users() {
  const isAdmin = useIsAdmin();
  const [version, setVersion] = useState(0);
  const [edited, setEdited] = useState(
    /** @type {{ username?: string, source?: string } | null} */ (null),
  );
  const changed = () => setVersion((before) => before + 1);
  const add = html`<button type="button" onClick=${() => setEdited({})}>Add a user…</button>`;
  return html`
    <${Listing} path="users" label="users" version=${version} sortBy=${0}
      columns=${isAdmin ? [...COLUMNS, actionsColumn(setEdited, changed)] : COLUMNS}
      keyOf=${(/** @type {any} */ row) => `${row.source} ${row.username}`}
      textOf=${(/** @type {any} */ row) => `${row.username}\n${row.source}`}
      actions=${isAdmin && add} empty="No plugin has users in a file." />
        ${edited &&
          html`<${UserDialog} ...${edited} onClose=${() => setEdited(null)} onDone=${changed} />`}
  `;
}

/** @type {import("../components/table.js").Column<any>[]} */
const COLUMNS = [
  {
    title: "User",
    sort: (row) => row.username,
    cell: (row) => html`<${Value} text=${row.username} empty="(empty)" />`,
  },
  { title: "Source", width: "9rem", sort: (row) => row.source, cell: (row) => row.source },
  {
    title: "Password",
    width: "10rem",
    isWide: true,
    sort: (row) => row.hash ?? "",
    cell: (row) => row.hash ?? html`<${Badge} kind="warn">cannot log in<//>`,
  },
];

/**
 * @param {(user: { username: string, source: string }) => void} edit
 * @param {() => void} changed
 * @returns {import("../components/table.js").Column<any>}
 */
function actionsColumn(edit, changed) {
  return {
    title: "Change",
    width: "13.5rem",
    cell: (row) =>
      html`
        <span class="actions">
          <button type="button" onClick=${() => edit(row)}>Password…</button>
          <button type="button" class="danger" onClick=${() =>
            remove(row, changed)}>Remove…</button>
        </span>
      `,
  };
}

/** @param {any} row @param {() => void} changed */
async function remove({ username, source }, changed) {
  const name = visible(username, 60);
  const isSure = await confirm({
    title: "Remove the user?",
    text: `${name} of ${source}: its connections are closed.`,
    action: "Remove",
    isDanger: true,
  });
  if (!isSure) return;
  await attempt(
    () => api("DELETE", route("users/{username}", { username }), { query: { source } }),
    ({ disconnected }) => `${name} is removed; ${disconnected} disconnected.`,
  );
  changed();
}

/** @param {{ username?: string, source?: string, onClose: () => void, onDone: () => void }} props */
function UserDialog({ username, source, onClose, onDone }) {
  const isNew = username === undefined;
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const password = String(form.get("password"));
    const name = username ?? String(form.get("username"));
    const result = await attempt(
      () =>
        isNew
          ? api("POST", "users", { body: { username: name, password } })
          : api("PUT", route("users/{username}", { username: name }), {
            body: { password, source },
          }),
      () =>
        isNew
          ? `${visible(name, 60)} is added.`
          : `The password of ${visible(name, 60)} is changed.`,
    );
    if (result === undefined) return;
    onClose();
    onDone();
  };
  const title = isNew ? "Add a user" : `Password of ${visible(username, 60)}`;
  return html`
    <${Dialog} title=${title} onClose=${onClose}>
      <form class="form" onSubmit=${submit}>
        ${isNew &&
          html`<${Field} label="Username"><input name="username" required autofocus autocomplete="off" /><//>`}
        <${Field} label="Password">
          <input name="password" type="password" required autofocus=${!isNew} autocomplete="new-password" /><//>
        <div class="dialog-foot">
          <button type="button" onClick=${onClose}>Cancel</button><button class="primary">Save</button>
        </div>
      </form><//>
  `;
}
