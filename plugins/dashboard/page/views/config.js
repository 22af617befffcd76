// @ts-check
/** The configuration, secrets masked; what would be wrong with another; reading the file again. */
import { api, get } from "../api.js";
import { confirm } from "../components/dialog.js";
import { Field, Pending, Section } from "../components/parts.js";
import { attempt } from "../components/toast.js";
import { usePoll } from "../poll.js";
import { useIsAdmin } from "../session.js";
import { visibleLines } from "../text.js";
import { html, useState } from "../vendor.js";

/** The view. */
export default function Config() {
  const isAdmin = useIsAdmin();
  const polled = usePoll((signal) => get("config", {}, signal), 0);
  const [reloaded, setReloaded] = useState(/** @type {any} */ (null));
  const reload = async () => {
    const isSure = await confirm({
      title: "Read the configuration again?",
      text: "What has changed in the file holds from then on, as after SIGHUP.",
      action: "Reload",
    });
    if (!isSure) return;
    setReloaded(await attempt(() => api("POST", "config/reload", { body: {} })) ?? null);
    polled.refresh();
  };
  const config = polled.data;
  return html`<${Pending} polled=${polled} />
    <div role="status" aria-live="polite">${
    reloaded && html`<${Reloaded} result=${reloaded} />`
  }</div>
    ${
    config && html`
      <${Section} title=${config.file ?? "No file"}
        actions=${isAdmin && html`<button type="button" onClick=${reload}>Reload…</button>`}>
              ${config.text !== null &&
                html`<pre tabindex="0" aria-label="Text of the file">${
                  visibleLines(config.text)
                }</pre>`}
            <//>
            <${Section} title="What holds">
              <pre tabindex="0" aria-label="What holds">${visibleLines(
                JSON.stringify(config.settings, null, 2),
              )}</pre>
            <//>
            <${Validate} />
    `
  }`;
}

/** @param {{ result: any }} props */
function Reloaded({ result: { changes, problems, warnings = [] } }) {
  const isSame = changes.length + problems.length + warnings.length === 0;
  return html`<${Section} title="Reloaded">
    ${isSame && html`<p>Nothing has changed.</p>`}
    ${lines(problems, "problem")}${lines(warnings, "note")}${lines(changes, "")}
  <//>`;
}

/** @param {string[]} texts @param {string} kind */
function lines(texts, kind) {
  return texts.map((text) => html`<p key=${text} class=${kind}>${text}</p>`);
}

function Validate() {
  const [result, setResult] = useState(/** @type {any} */ (null));
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const text = String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("text"));
    setResult(await attempt(() => api("POST", "config/validate", { body: { text } })) ?? null);
  };
  return html`
    <${Section} title="Would this be right?">
      <form class="form" onSubmit=${submit}>
        <${Field} label="Text of a configuration" hint="It is only looked at; nothing changes.">
          <textarea name="text" rows="8" required spellcheck=${false}></textarea>
          <//>
          <div role="status" aria-live="polite">${result && html`
            ${result.problems.length === 0 && html`<p>It is right.</p>`}
            ${lines(result.problems, "problem")}${lines(result.warnings, "note")}
          `}</div>
          <div class="actions"><button>Check</button></div>
          </form>
          <//>
  `;
}
