// @ts-check
/** What can be done to a client. Invariant: nothing happens before it was confirmed. */
import { api, route } from "../api.js";
import { confirm } from "../components/dialog.js";
import { attempt } from "../components/toast.js";
import { visible } from "../text.js";
import { html, useState } from "../vendor.js";
import { BanDialog } from "./ban_dialog.js";

/** @param {{ id: string, client: any, hasSession: boolean, onDone: () => void }} props */
export function ClientActions({ id, client, hasSession, onDone }) {
  const [isBanning, setIsBanning] = useState(false);
  const kick = () => kickClient(id).then(onDone);
  const end = () => endSession(id).then(onDone);
  const { username = "", address = "" } = client?.client ?? {};
  return html`<div class="actions">
    ${client && html`<button type="button" onClick=${kick}>Kick</button>`}
    ${hasSession && html`<button type="button" class="danger" onClick=${end}>End session</button>`}
    <button type="button" class="danger" onClick=${() => setIsBanning(true)}>Ban…</button>
    ${
    isBanning && html`
      <${BanDialog} clientId=${id} username=${username} network=${address}
        onClose=${() => setIsBanning(false)} onDone=${onDone} />
    `
  }
  </div>`;
}

/** @param {string} clientId */
async function kickClient(clientId) {
  const name = visible(clientId, 60);
  const isSure = await confirm({
    title: "Close the connection?",
    text: `${name} may come back at once.`,
    action: "Close it",
    isDanger: true,
  });
  if (!isSure) return;
  await attempt(
    () => api("POST", route("clients/{clientId}/kick", { clientId }), { body: {} }),
    `The connection of ${name} is closed.`,
  );
}

/** @param {string} clientId */
async function endSession(clientId) {
  const name = visible(clientId, 60);
  const isSure = await confirm({
    title: "End the session?",
    text: `${name} loses its connection, its subscriptions and what waits for it.`,
    action: "End it",
    isDanger: true,
  });
  if (!isSure) return;
  await attempt(
    () => api("DELETE", route("sessions/{clientId}", { clientId })),
    `The session of ${name} has ended.`,
  );
}
