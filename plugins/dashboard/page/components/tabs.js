// @ts-check
/** Parts of a view, each with its own address. */
import { hashOf } from "../router.js";
import { html } from "../vendor.js";

/** @param {{ label: string, view: string, current: string, tabs: [show: string, title: string][] }} props */
export function Tabs({ label, view, current, tabs }) {
  return html`<nav class="tabs" aria-label=${label}>
    ${
    tabs.map(([show, title]) =>
      html`
        <a key=${show} aria-current=${show === current ? "page" : undefined}
          href=${hashOf(view) + (show === "" ? "" : `?show=${show}`)}>${title}</a>
      `
    )
  }
  </nav>`;
}
