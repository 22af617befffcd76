// @ts-check
/**
 * Dialogs. Invariants: Escape closes one; focus goes back to where it was; a question is answered exactly once.
 */
import { Store, useStore } from "../store.js";
import { html, useLayoutEffect, useRef } from "../vendor.js";

/**
 * A modal dialog, open as long as it is drawn.
 * @param {{ title: string, onClose: () => void, children?: import("../vendor.js").Children, wide?: boolean }} props
 */
export function Dialog({ title, onClose, children, wide }) {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const latest = useRef(onClose);
  latest.current = onClose;
  useLayoutEffect(() => {
    const before = document.activeElement;
    const dialog = element.current;
    if (dialog === null) return;
    const closed = () => latest.current();
    dialog.addEventListener("close", closed);
    dialog.showModal();
    return () => {
      dialog.removeEventListener("close", closed);
      dialog.close(); // while it is open, all else is out of reach
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return html`
    <dialog ref=${element} class=${wide ? "wide" : ""} aria-labelledby="dialog-title">
        <div class="dialog-head">
          <h2 id="dialog-title">${title}</h2>
          <button type="button" class="quiet" aria-label="Close" onClick=${onClose}>✕</button>
        </div>
        ${children}
      </dialog>
  `;
}

/**
 * @typedef {{ title: string, text: import("../vendor.js").Children, action: string, isDanger?: boolean }} Question
 */

/** @type {Store<(Question & { answer: (yes: boolean) => void }) | null>} */
const question = new Store(
  /** @type {(Question & { answer: (yes: boolean) => void }) | null} */ (null),
);

/**
 * Asks before something is done.
 * @param {Question} asked `action` is what the button says
 * @returns {Promise<boolean>} true: go on
 */
export function confirm(asked) {
  question.value?.answer(false);
  return new Promise((resolve) => {
    question.value = { ...asked, answer: resolve };
  });
}

/** The question that is open; stands once in the page. */
export function Questions() {
  const open = useStore(question);
  if (open === null) return null;
  const answer = (/** @type {boolean} */ yes) => {
    question.value = null;
    open.answer(yes);
  };
  return html`
    <${Dialog} title=${open.title} onClose=${() => answer(false)}>
      <div class="dialog-body">${open.text}</div>
      <div class="dialog-foot">
        <button type="button" onClick=${() => answer(false)}>Cancel</button>
        <button type="button" class=${open.isDanger ? "danger" : "primary"} autofocus
          onClick=${() => answer(true)}>${open.action}</button>
      </div>
      <//>
  `;
}
