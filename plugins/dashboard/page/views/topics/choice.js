// @ts-check
/** One of a few, as buttons side by side. Invariant: the chosen one says so to assistive technology. */
import { html } from "../../vendor.js";

/**
 * @param {object} props
 * @param {string} props.label
 * @param {readonly (readonly [value: string, title: string])[]} props.options
 * @param {string} props.value
 * @param {(value: any) => void} props.onChange
 */
export function Choice({ label, options, value, onChange }) {
  return html`<div class="choice" role="group" aria-label=${label}>
    ${
    options.map(([one, title]) =>
      html`
        <button type="button" key=${one} aria-pressed=${one === value ? "true" : "false"}
          onClick=${() => onChange(one)}>${title}</button>
      `
    )
  }
  </div>`;
}
