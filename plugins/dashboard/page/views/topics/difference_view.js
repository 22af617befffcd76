// @ts-check
/** What is different from the value before. Invariant: all of it is text, and a sign says what a colour says. */
import { visible } from "../../text.js";
import { html, useMemo } from "../../vendor.js";
import { difference } from "./differences.js";
import { isText, textOf } from "./formats.js";

/** @typedef {import("./message.js").Message} Message */

const SIGNS = { added: "+", removed: "−", changed: "~", same: " " };
const NAMES = { added: "added", removed: "removed", changed: "changed", same: "as before" };

/** @param {{ message: Message, before: Message | undefined }} props */
export function DifferenceView({ message, before }) {
  const result = useMemo(() => compared(message, before), [message, before]);
  if (typeof result === "string") return html`<p class="empty">${result}</p>`;
  const { differences, isWhole, kind } = result;
  return html`
    <ul class="differences" aria-label="Difference to the value before" tabindex="0">
      ${differences.map((one, index) => html`<${Line} key=${index} one=${one} />`)}
    </ul>
    ${!isWhole && html`<p class="note">There is more: only the first ${kind} were compared.</p>`}
  `;
}

/** @param {Message} message @param {Message | undefined} before */
function compared(message, before) {
  if (before === undefined) return "No value came before this one since the topic was chosen.";
  const [a, b] = [before.payload, message.payload];
  if (a === null || b === null) return "One of the two payloads is not kept here.";
  if (!isText(a, false) || !isText(b, false)) return "Only text is compared.";
  const result = difference(textOf(a), textOf(b));
  const isSame = result.differences.every(({ kind }) => kind === "same");
  return isSame && result.isWhole ? "The value is the one before." : result;
}

/** @param {{ one: import("./differences.js").Difference }} props */
function Line({ one: { kind, path, before, after } }) {
  return html`
    <li class=${kind}>
      <span class="sign" aria-label=${NAMES[kind]}>${SIGNS[kind]}</span>
      ${path !== undefined && html`<bdi class="path">${visible(path, 200)}</bdi>`}
      ${before !== undefined && kind !== "same" &&
        html`<del>${visible(before)}</del>`}
      ${after !== undefined &&
        (kind === "same"
          ? html`<span>${visible(after)}</span>`
          : html`<ins>${visible(after)}</ins>`)}
    </li>
  `;
}
