// @ts-check
/** Not built. */
import { html } from "../vendor.js";

/** The view. */
export default function View() {
  return html`<p class="empty">Not built.</p>`;
}
