// @ts-check
/** Topics as they come. */
import { html } from "../vendor.js";

/** The view of topics. */
export default function Topics() {
  return html`<p class="empty">Not built.</p>`;
}
