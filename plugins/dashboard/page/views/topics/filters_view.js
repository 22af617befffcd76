// @ts-check
/**
 * The filters that the page subscribes to, and what the broker said to each. Invariant: a filter that is no valid one is
 * refused here, for the broker would end the connection.
 */
import { Badge, Field, Value } from "../../components/parts.js";
import { problemOfFilter } from "../../mqtt/names.js";
import { hashOf } from "../../router.js";
import { html, useState } from "../../vendor.js";

/** @typedef {import("./address.js").Filter} Filter */

const BADGES = /** @type {const} */ ({ asked: "plain", granted: "good", denied: "bad" });
const WORDS = { asked: "asked for", granted: "subscribed", denied: "refused" };

/** @param {{ browser: import("./browser.js").TopicBrowser, states: readonly import("./browser.js").FilterState[], onChange: (filters: Filter[]) => void }} props */
export function FiltersView({ browser, states, onChange }) {
  const [problem, setProblem] = useState("");
  const add = (/** @type {Filter} */ filter) => {
    const wrong = problemOfFilter(filter.topicFilter);
    setProblem(wrong === undefined ? "" : `${wrong}.`);
    if (wrong !== undefined) return;
    onChange([...states.filter(({ topicFilter }) => topicFilter !== filter.topicFilter), filter]);
  };
  const remove = (/** @type {string} */ gone) =>
    onChange(states.filter(({ topicFilter }) => topicFilter !== gone));
  return html`
    <${FilterForm} states=${states} onAdd=${add} />
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <ul class="filters" aria-label="Subscriptions of this page">
      ${states.map((one) =>
        html`
          <${FilterRow} key=${one.topicFilter} one=${one} clientId=${browser.clientId}
            onRemove=${() => remove(one.topicFilter)} />
        `
      )}
    </ul>
  `;
}

/** @param {{ states: readonly import("./browser.js").FilterState[], onAdd: (filter: Filter) => void }} props */
function FilterForm({ states, onAdd }) {
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const qos = /** @type {0 | 1 | 2} */ (Number(form.get("qos")));
    onAdd({ topicFilter: String(form.get("topicFilter") ?? ""), qos });
  };
  const has = (/** @type {string} */ wanted) =>
    states.some(({ topicFilter, state }) => topicFilter === wanted && state !== "denied");
  return html`
    <form class="bar" onSubmit=${submit} aria-label="Subscribe">
      <${Field} label="Subscribe to"><input name="topicFilter" required autocomplete="off"
        spellcheck=${false} placeholder="sensors/+/temperature" /><//>
      <${Field} label="At most QoS"><select name="qos">
        <option>0</option><option>1</option><option>2</option></select><//>
      <button>Subscribe</button>
      ${["#", "$SYS/#"].filter((one) => !has(one)).map((one) =>
        html`
          <button type="button" key=${one}
            onClick=${() => onAdd({ topicFilter: one, qos: 0 })}>${one}</button>
        `
      )}
    </form>
  `;
}

/** @param {{ one: import("./browser.js").FilterState, clientId: string, onRemove: () => void }} props */
function FilterRow({ one: { topicFilter, qos, state, text }, clientId, onRemove }) {
  const question = new URLSearchParams({
    show: "explain",
    clientId,
    action: "subscribe",
    topic: topicFilter,
  });
  return html`
    <li>
      <${Value} text=${topicFilter} />
      <span class="faint">QoS ${qos}</span>
      <${Badge} kind=${BADGES[state]}>${WORDS[state]}<//>
      ${state === "denied" && html`
        <span class="reason">${text}.
          <a href=${`${hashOf("access")}?${question}`}>Explain</a></span>
      `}
      <button type="button" class="quiet" aria-label=${`Unsubscribe from ${
        topicFilter.slice(0, 100)
      }`}
        onClick=${onRemove}>✕</button>
    </li>
  `;
}
