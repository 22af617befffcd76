// @ts-check
/** A new ban. Invariant: an empty field bans no one. */
import { api } from "../api.js";
import { Dialog } from "../components/dialog.js";
import { Field } from "../components/parts.js";
import { attempt } from "../components/toast.js";
import { html } from "../vendor.js";

/** What people say, in seconds; none: for ever. */
const TIMES = /** @type {const} */ ([
  ["600", "10 minutes"],
  ["3600", "an hour"],
  ["86400", "a day"],
  ["604800", "a week"],
  ["", "for ever"],
]);

/** @param {FormData} form */
function banOf(form) {
  /** @type {Record<string, unknown>} */
  const ban = {};
  for (const name of ["clientId", "username", "network", "reason"]) {
    const value = String(form.get(name) ?? "");
    if (value !== "") ban[name] = value;
  }
  const seconds = String(form.get("seconds") ?? "");
  return seconds === "" ? ban : { ...ban, seconds: Number(seconds) };
}

/** @param {{ clientId?: string, username?: string, network?: string, onClose: () => void, onDone: () => void }} props */
export function BanDialog({ clientId = "", username = "", network = "", onClose, onDone }) {
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const body = banOf(new FormData(/** @type {HTMLFormElement} */ (event.target)));
    const result = await attempt(
      () => api("POST", "bans", { body }),
      ({ disconnected }) => `Banned; ${disconnected} disconnected.`,
    );
    if (result === undefined) return;
    onClose();
    onDone();
  };
  const hints = { username: `Its user: ${username}`, network: `It came from ${network}` };
  return html`
    <${Dialog} title="Ban" onClose=${onClose}>
      <form class="form" onSubmit=${submit}>
        <${Field}
          label="Client id"><input name="clientId" value=${clientId} autocomplete="off" autofocus /><//>
        <${Field} label="Username" hint=${username && hints.username}>
          <input name="username" autocomplete="off" /><//>
        <${Field} label="Address or network" hint=${network && hints.network}>
          <input name="network" autocomplete="off" placeholder="192.0.2.0/24" /><//>
        <${Field} label="For"><select name="seconds">
          ${TIMES.map(([value, title]) =>
            html`<option key=${value} value=${value}>${title}</option>`
          )}
        </select><//>
        <${Field} label="Reason"><input name="reason" autocomplete="off" /><//>
        <p class="faint">A ban holds for who matches all that is given.</p>
        <div class="dialog-foot">
          <button type="button" onClick=${onClose}>Cancel</button>
          <button class="danger">Ban</button>
        </div>
      </form><//>
  `;
}
