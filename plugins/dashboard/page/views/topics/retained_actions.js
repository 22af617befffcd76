// @ts-check
/**
 * Removing retained messages, and taking that back. Invariants: nothing is removed before it was said what it is and
 * confirmed; what can be undone says so at once.
 */
import { confirm } from "../../components/dialog.js";
import { attempt, toast } from "../../components/toast.js";
import { count, size, visible } from "../../text.js";
import { html } from "../../vendor.js";
import { deleteRetained, purgeRetained, undoDeletion } from "./api_topics.js";

const NAME = 80;
const MAX_NAMES = 10;

/** @param {string} text @param {string | null} undo @param {() => void} onDone */
function tell(text, undo, onDone) {
  if (undo === null) return toast(text);
  const run = async () => {
    await attempt(() => undoDeletion(undo), backText);
    onDone();
  };
  toast(text, { action: { label: "Undo", run } });
}

/** @param {{ messages: number, kept: number, lost?: number }} undone */
function backText({ messages, kept, lost = 0 }) {
  const newer = kept > 0 ? ` ${count(kept)} have a newer message by now.` : "";
  const gone = lost > 0 ? ` ${count(lost)} could not come back.` : "";
  return `${count(messages)} retained ${
    messages === 1 ? "message is" : "messages are"
  } back.${newer}${gone}`;
}

/**
 * Removes the retained message of one topic.
 * @param {string} topicName
 * @param {() => void} onDone also after an undo
 */
export async function removeRetained(topicName, onDone) {
  const isSure = await confirm({
    title: "Delete the retained message?",
    text: html`<p>New subscribers of <bdi class="value">${
      visible(topicName, NAME)
    }</bdi> will not get it any more.</p>`,
    action: "Delete",
    isDanger: true,
  });
  if (!isSure) return;
  const done = await attempt(() => deleteRetained(topicName));
  if (done === undefined) return;
  tell(`The retained message of ${visible(topicName, NAME)} is deleted.`, done.undo, onDone);
  onDone();
}

/**
 * Removes all retained messages below a topic, after saying which they are.
 * @param {string} topicFilter
 * @param {() => void} onDone also after an undo
 */
export async function purge(topicFilter, onDone) {
  const would = await attempt(() => purgeRetained(topicFilter, true));
  if (would === undefined) return;
  if (would.messages === 0) return toast("There is no retained message that you may delete.");
  const isSure = await confirm({
    title: `Delete ${count(would.messages)} retained messages?`,
    text: html`<${Purge} topicFilter=${topicFilter} would=${would} />`,
    action: "Delete them",
    isDanger: true,
  });
  if (!isSure) return;
  const done = await attempt(() => purgeRetained(topicFilter, false));
  if (done === undefined) return;
  tell(`${count(done.messages)} retained messages are deleted.`, done.undo, onDone);
  onDone();
}

/** @param {{ topicFilter: string, would: import("./api_topics.js").Purged }} props */
function Purge({ topicFilter, would }) {
  const { messages, bytes, topics, denied = 0 } = would;
  const names = topics.slice(0, MAX_NAMES);
  return html`
    <p>All that <bdi class="value">${visible(topicFilter, NAME)}</bdi> matches, ${size(bytes)}:</p>
    <ul class="names">${names.map((name) =>
      html`<li key=${name}><bdi class="value">${visible(name, NAME)}</bdi></li>`
    )}</ul>
    ${messages > names.length && html`<p>and ${count(messages - names.length)} more.</p>`}
    ${denied > 0 && html`<p>${count(denied)} stay: you may not publish to their topics.</p>`}
  `;
}
