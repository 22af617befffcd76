// @ts-check
/** Why a client may or may not publish, subscribe, receive. Invariant: it asks; nothing changes. */
import { api } from "../api.js";
import { Badge, Facts, Field, Section, Value } from "../components/parts.js";
import { attempt } from "../components/toast.js";
import { place } from "../router.js";
import { duration } from "../text.js";
import { html, useState } from "../vendor.js";

/** The form, and its answer. */
export function Explain() {
  const [report, setReport] = useState(/** @type {any} */ (null));
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const body = {
      clientId: String(form.get("clientId")),
      action: String(form.get("action")),
      topic: String(form.get("topic")),
      qos: Number(form.get("qos")),
      retain: form.has("retain"),
    };
    setReport(await attempt(() => api("POST", "access/explain", { body })) ?? null);
  };
  return html`
    <section class="card">
      <${ExplainForm} onSubmit=${submit} />
    </section>
    <div role="status" aria-live="polite">${report && html`<${Report} report=${report} />`}</div>
  `;
}

/** @param {{ onSubmit: (event: SubmitEvent) => void }} props */
function ExplainForm({ onSubmit }) {
  const { query } = place.value;
  return html`
    <form class="fields" onSubmit=${onSubmit}>
      <${Field} label="Client id">
          <input name="clientId" required autocomplete="off" value=${query.get("clientId") ??
            ""} /><//>
        <${Field} label="Wants to"><select name="action">
          <option>publish</option><option>subscribe</option><option>receive</option>
        </select><//>
        <${Field} label="Topic, or filter">
          <input name="topic" required autocomplete="off" value=${query.get("topic") ?? ""} /><//>
        <${Field} label="QoS"><select name="qos"><option>0</option><option>1</option><option>2</option></select><//>
        <label class="check"><input type="checkbox" name="retain" /> RETAIN</label>
        <button class="primary">Explain</button>
      </form>
  `;
}

/** @param {{ report: any }} props */
function Report({ report }) {
  const { client, verdict, because, effect, sources, notAsked, settings, cache } = report;
  const isAllowed = verdict === "allow";
  return html`
    <${Section} title="Answer">
      <p class="verdict">
        <${Badge} kind=${isAllowed ? "good" : "bad"}>${verdict}<//>
          ${" "}<${Value} text=${because} max=${2_000} /></p>
        ${effect !== "" && html`<p>${effect}</p>`}
        <h3>Who was asked</h3>
        <ol class="steps">
          ${sources.map((/** @type {any} */ step, /** @type {number} */ index) =>
            html`<li key=${index}>
        <b>${step.source}</b>: ${step.answer}${" "}
        ${step.because && html`<${Value} text=${step.because} max=${2_000} />`}${" "}
        <span class="faint">${step.microseconds} µs</span>
      </li>`
          )}
        </ol>
        ${notAsked.length > 0 &&
          html`<p class="faint">Not asked any more: ${notAsked.join(", ")}</p>`}
        <${Facts} items=${[
          [
            "Client",
            html`<${Value} text=${client.clientId} /> ${client.connected ? "" : "(not connected)"}`,
          ],
          [
            "User",
            html`<${Value} text=${client.username} /> ${client.superuser ? "(superuser)" : ""}`,
          ],
          ["Combine", settings.combine],
          ["Where no source says", settings.nomatch],
          ["What a denial does", settings.denyAction],
          ["Remembered", rememberedOf(cache)],
        ]} />
      <//>
  `;
}

/** @param {any} cache */
function rememberedOf({ maxSize, remembered }) {
  if (maxSize === 0) return "off";
  if (remembered === null) return "nothing";
  return `${remembered.verdict} for ${duration(remembered.seconds)}: ${remembered.because}`;
}
