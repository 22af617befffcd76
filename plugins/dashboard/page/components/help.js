// @ts-check
/** The list of keys. */
import { isHelpOpen } from "../shortcuts.js";
import { useStore } from "../store.js";
import { html } from "../vendor.js";
import { VIEWS } from "../views.js";
import { Dialog } from "./dialog.js";

/** Open when `?` was pressed; stands once in the page. */
export function Help() {
  if (!useStore(isHelpOpen)) return null;
  const keys = [
    ["/", "Search in this view"],
    ["↑ ↓", "From row to row"],
    ["Esc", "Close a dialog"],
    ["?", "These keys"],
    ...VIEWS.map(({ key, title }) => [`g ${key}`, title]),
  ];
  return html`
    <${Dialog} title="Keys" onClose=${() => isHelpOpen.value = false}>
      <dl class="keys">${keys.map(([key, what]) =>
        html`
          <div key=${key}>
            <dt><kbd>${key}</kbd></dt>
            <dd>${what}</dd>
          </div>
        `
      )}</dl>
      <//>
  `;
}
