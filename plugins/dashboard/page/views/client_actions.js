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
  const name = visible(id, 60);
  const kick = () =>
    act(
      {
        title: "Close the connection?",
        text: `${name} may come back at once.`,
        action: "Close it",
      },
      "POST",
      "clients/{clientId}/kick",
      `The connection of ${name} is closed.`,
    );
  const end = () =>
    act(
      {
        title: "End the session?",
        text: `${name} loses its connection, its subscriptions and what waits for it.`,
        action: "End the session",
      },
      "DELETE",
      "sessions/{clientId}",
      `The session of ${name} has ended.`,
    );
  /**
   * @param {import("../components/dialog.js").Question} question
   * @param {"POST" | "DELETE"} method @param {string} path @param {string} done
   */
  const act = async (question, method, path, done) => {
    if (!await confirm({ ...question, isDanger: true })) return;
    const body = method === "POST" ? {} : undefined;
    await attempt(() => api(method, route(path, { clientId: id }), { body }), done);
    onDone();
  };
  return html`<div class="actions">
    ${client && html`<button type="button" onClick=${kick}>Kick</button>`}
    ${hasSession && html`<button type="button" class="danger" onClick=${end}>End session</button>`}
    <button type="button" class="danger" onClick=${() => setIsBanning(true)}>Ban…</button>
    ${
    isBanning && html`
      <${BanDialog} clientId=${id} username=${client?.client.username ?? ""}
        network=${client?.client.address ?? ""} onClose=${() =>
          setIsBanning(false)} onDone=${onDone} />
    `
  }
  </div>`;
}
