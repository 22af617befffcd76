// @ts-check
/**
 * The rules of plugins, how often each decided, and an editor. Invariants: nothing is saved before the access tests
 * have passed; a change names the text that it is of, so that it overwrites no other.
 */
import { api, list } from "../api.js";
import { Dialog } from "../components/dialog.js";
import { Field, Pending, Section, Value } from "../components/parts.js";
import { attempt, toast } from "../components/toast.js";
import { usePoll } from "../poll.js";
import { useIsAdmin } from "../session.js";
import { count } from "../text.js";
import { html, useState } from "../vendor.js";

const SECONDS = 5;

/** The view. */
export default function Rules() {
  const isAdmin = useIsAdmin();
  const polled = usePoll((signal) => list("access/rules", { signal }), SECONDS);
  const [edited, setEdited] = useState(/** @type {any} */ (null));
  const rows = polled.data?.rows ?? [];
  return html`<${Pending} polled=${polled} />
    ${
    polled.data && rows.length === 0 &&
    html`<p class="empty">No plugin here has rules to show: acl_file and topic_acl have.</p>`
  }
    ${
    rows.map((row) =>
      html`
        <${RuleSet} key=${row.source} row=${row}
          onEdit=${isAdmin && row.file !== null ? () => setEdited(row) : undefined} />
      `
    )
  }
    ${
    edited && html`
      <${Editor} row=${edited} onClose=${() => setEdited(null)}
        onSaved=${polled.refresh} />
    `
  }`;
}

/** @param {{ row: any, onEdit?: (() => void) | undefined }} props */
function RuleSet({ row, onEdit }) {
  const { source, file, rules } = row;
  return html`
    <${Section} title=${source}
      actions=${onEdit && html`<button type="button" onClick=${onEdit}>Edit…</button>`}>
        <p class="faint">${file ?? "In the configuration: read only here."}</p>
        <ol class="rule-list" aria-label=${`Rules of ${source}`} tabindex="0">
          ${rules.map((/** @type {any} */ rule, /** @type {number} */ index) =>
            html`
              <li key=${index}>
                <span class="hits" title="How often it decided">${count(rule.hits)} ×</span>
                <span class="faint">${rule.line === null ? "" : `line ${rule.line}`}</span>
                <${Value} text=${rule.text} max=${2_000} />
              </li>
            `
          )}
        </ol>
        ${rules.length === 0 && html`<p class="empty">No rules.</p>`}
      <//>
  `;
}

/** @param {{ row: any, onClose: () => void, onSaved: () => void }} props */
function Editor({ row, onClose, onSaved }) {
  const [text, setText] = useState(row.text);
  const [checked, setChecked] = useState(/** @type {any} */ (null));
  const [isBusy, setIsBusy] = useState(false);
  const send = async (/** @type {boolean} */ dryRun) => {
    setIsBusy(true);
    const body = { source: row.source, text, revision: row.revision, dryRun };
    const result = await attempt(() => api("PUT", "access/rules", { body }));
    setIsBusy(false);
    setChecked(result === undefined ? null : result);
    if (!result?.saved) return;
    toast(`The rules of ${row.source} are saved and hold.`);
    onSaved();
    onClose();
  };
  const change = (/** @type {InputEvent} */ event) => {
    setText(/** @type {HTMLTextAreaElement} */ (event.target).value);
    setChecked(null);
  };
  return html`
    <${Dialog} title=${`Rules of ${row.source}`} wide onClose=${onClose}>
      <${Field} label=${row.file}>
        <textarea rows="16" spellcheck=${false} value=${text} onInput=${change}></textarea>
        <//>
        <div role="status" aria-live="polite">${checked &&
          html`<${Checked} checked=${checked} />`}</div>
        <div class="dialog-foot">
          <button type="button" onClick=${onClose}>Cancel</button>
          <button type="button" disabled=${isBusy} onClick=${() => send(true)}>Test</button>
          <button type="button" class="primary" disabled=${isBusy || text === row.text}
            onClick=${() => send(false)}>Test and save</button>
        </div>
        <//>
  `;
}

/** @param {{ checked: any }} props */
function Checked({ checked: { problems, failedTests, tests } }) {
  if (problems.length + failedTests.length === 0) {
    return html`<p>The rules are right. ${
      tests === 0
        ? "There are no access tests (acl_tests)."
        : `All ${count(tests)} access tests pass.`
    }</p>`;
  }
  return html`<p><b>Not saved.</b></p>
    ${
    problems.map((/** @type {string} */ text) => html`<p key=${text} class="problem">${text}</p>`)
  }
    ${
    failedTests.map((/** @type {string} */ text) =>
      html`<p key=${text} class="problem">Test: ${text}</p>`
    )
  }`;
}
