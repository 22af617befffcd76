// @ts-check
/** The small parts of views. Invariant: text of clients goes through `Value`, or through `visible`. */
import { isUnreachable } from "../api.js";
import { fullTime, time, visible } from "../text.js";
import { html, useId } from "../vendor.js";

/** @typedef {import("../vendor.js").Children} Children */

/** Text from a client: what cannot be seen is made visible, and it does not turn the text around it. @param {{ text: string | null, max?: number, empty?: string }} props */
export function Value({ text, max = 200, empty = "–" }) {
  if (text === null || text === "") return html`<span class="faint">${empty}</span>`;
  const shown = visible(text, max);
  return html`<bdi class="value" title=${shown}>${shown}</bdi>`;
}

/** @param {{ at: number | null, empty?: string }} props milliseconds since 1970 */
export function Time({ at, empty = "–" }) {
  if (at === null) return html`<span class="faint">${empty}</span>`;
  return html`<time datetime=${new Date(at).toISOString()} title=${fullTime(at)}>${
    time(at)
  }</time>`;
}

/** A word with a colour. @param {{ kind: "good" | "bad" | "warn" | "plain", children?: Children }} props */
export function Badge({ kind, children }) {
  return html`<span class="badge ${kind}">${children}</span>`;
}

/** A part of a view with a heading. @param {{ title: string, children?: Children, actions?: Children }} props */
export function Section({ title, children, actions }) {
  const id = useId();
  return html`<section class="card" aria-labelledby=${id}>
    <div class="card-head"><h2 id=${id}>${title}</h2>${
    actions && html`<div class="actions">${actions}</div>`
  }</div>
    ${children}
  </section>`;
}

/** A label with its control. @param {{ label: string, hint?: string, children?: Children }} props */
export function Field({ label, hint, children }) {
  return html`<label class="field"><span>${label}</span>${children}
    ${hint && html`<small>${hint}</small>`}</label>`;
}

/**
 * What to show before there are data: that they come, or what failed. That the broker does not answer stands on top of
 * the page.
 * @param {{ polled: { data: unknown, error: Error | undefined } }} props
 */
export function Pending({ polled: { data, error } }) {
  if (error !== undefined && !isUnreachable(error)) {
    return html`<p class="problem" role="alert">${error.message}</p>`;
  }
  return data === undefined ? html`<p class="empty" role="status">Loading…</p>` : null;
}

/** Names with values. @param {{ items: [string, Children][] }} props */
export function Facts({ items }) {
  return html`<dl class="facts">
    ${
    items.map(([name, value]) =>
      html`
        <div key=${name}>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )
  }
  </dl>`;
}

/** The field that `/` goes to. @param {{ value: string, label: string, onChange: (value: string) => void }} props */
export function Search({ value, label, onChange }) {
  return html`
    <input type="search" data-search aria-label=${label} placeholder=${label} value=${value}
      autocomplete="off" spellcheck=${false}
      onInput=${(/** @type {InputEvent} */ event) =>
        onChange(/** @type {HTMLInputElement} */ (event.target).value)} />
  `;
}
