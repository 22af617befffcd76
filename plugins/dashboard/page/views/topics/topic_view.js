// @ts-check
/** The chosen topic: who publishes it, its value in every form, what came before, and what can be done to it. */
import { Badge, Facts, Section, Time, Value } from "../../components/parts.js";
import { attempt } from "../../components/toast.js";
import { usePoll } from "../../poll.js";
import { hashOf } from "../../router.js";
import { useIsAdmin } from "../../session.js";
import { count, short, size } from "../../text.js";
import { html, useEffect, useState } from "../../vendor.js";
import { getRetained, getTopic, knownOf } from "./api_topics.js";
import { Choice } from "./choice.js";
import { DifferenceView } from "./difference_view.js";
import { HistoryView } from "./history_view.js";
import { isWhole } from "./message.js";
import { PlotView } from "./plot_view.js";
import { purge, removeRetained } from "./retained_actions.js";
import { ValueView } from "./value_view.js";

/**
 * @typedef {import("./message.js").Message} Message
 * @typedef {import("./api_topics.js").TopicRow} TopicRow
 * @typedef {import("./browser.js").TopicBrowser} TopicBrowser
 */

const SECONDS = 3;
/** A longer name does not fit into an address of the API, whose heads are bounded. */
const MAX_NAME = 6_000;
const PARTS = /** @type {const} */ ([
  ["value", "Value"],
  ["plot", "Plot"],
  ["difference", "Difference"],
  ["history", "History"],
]);

/** @param {{ browser: TopicBrowser, topicName: string }} props */
export function TopicView({ browser, topicName }) {
  const [part, setPart] = useState("value");
  const [pinned, setPinned] = useState(/** @type {Message | undefined} */ (undefined));
  const isShort = encodeURIComponent(topicName).length <= MAX_NAME;
  const isTopic = isShort && browser.tree.find(topicName)?.isTopic === true;
  const polled = usePoll(
    async (signal) => isTopic ? await getTopic(topicName, signal) : null,
    isTopic ? SECONDS : 0,
    [topicName, isTopic],
  );
  const row = polled.data ?? null;
  useEffect(() => {
    if (row !== null) browser.know([knownOf(row)]);
  }, [row]);
  const { watch } = browser;
  const branch = browser.tree.find(topicName);
  const message = pinned ?? watch?.newest ?? branch?.last;
  const show = (/** @type {Message | undefined} */ one) => {
    setPinned(one);
    setPart("value");
  };
  return html`
    <${Section} title="Topic" actions=${html`
      <${Actions} browser=${browser} topicName=${topicName} onDone=${polled.refresh} />
    `}>
      <p class="topic-name"><${Value} text=${topicName} max=${500} /></p>
      ${polled.error && html`<p class="problem" role="alert">${polled.error.message}</p>`}
      <${About} row=${row} branch=${branch} message=${message} />
      <${Choice} label="Show of this topic" options=${PARTS} value=${part} onChange=${setPart} />
      ${pinned && html`<p class="note">A message of <${Time} at=${pinned.at} />, not the newest.
        <button type="button" onClick=${() => setPinned(undefined)}>Show the newest</button></p>`}
      ${part === "value" && message && html`
        <${ValueView} message=${message} />
        <${Whole} message=${message} isRetained=${branch?.isRetained} onShow=${show} />
        ${message.properties.length > 0 && html`<${Properties} properties=${message.properties} />`}
      `}
      ${part === "value" && !message &&
        html`<p class="empty">No message was seen with this name.</p>`}
      ${part === "plot" && watch && html`<${PlotView} watch=${watch} />`}
      ${part === "difference" && message && html`
        <${DifferenceView} message=${message} before=${before(watch, message)} />
      `}
      ${part === "history" && watch && html`<${HistoryView} watch=${watch} onShow=${show} />`}
    <//>
  `;
}

/** @param {import("./watch.js").Watch | undefined} watch @param {Message} message */
function before(watch, message) {
  const index = watch?.history.indexOf(message) ?? -1;
  return index === -1 ? undefined : watch?.history[index + 1];
}

/** @param {{ row: TopicRow | null, branch: import("./tree.js").Branch | undefined, message: Message | undefined }} props */
function About({ row, branch, message }) {
  const publisher = row?.publisher ?? null;
  return html`
    <${Facts} items=${[
      [
        "Published by",
        publisher === null
          ? html`<span class="faint">not known</span>`
          : html`<a href=${hashOf("clients", publisher)}><${Value} text=${publisher} /></a>`,
      ],
      ["At", html`<${Time} at=${message?.at ?? row?.at ?? null} />`],
      ["QoS", String(row?.qos ?? message?.qos ?? "–")],
      ["Size", message === undefined ? "–" : size(message.bytes)],
      ["Messages seen", count(branch?.own ?? 0)],
      ["Rate", `${short(row?.rate ?? branch?.rate.value(Date.now()) ?? 0)} a second`],
      ["Retained", branch?.isRetained ? html`<${Badge} kind="warn">retained<//>` : "no"],
    ]} />
  `;
}

/** @param {{ properties: [string, string][] }} props */
function Properties({ properties }) {
  const items = properties.map(([name, value]) => [
    html`<${Value} text=${name} max=${80} />`,
    html`<${Value} text=${value} max=${300} />`,
  ]);
  return html`<dl class="facts properties">${
    items.map(([name, value], index) =>
      html`
        <div key=${index}>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )
  }</dl>`;
}

/** The whole of a payload that is cut, where the API has it. @param {{ message: Message, isRetained: boolean | undefined, onShow: (message: Message) => void }} props */
function Whole({ message, isRetained, onShow }) {
  if (isWhole(message) || !isRetained) return null;
  const load = async () => {
    const whole = await attempt(() => getRetained(message.topicName));
    if (whole !== undefined) onShow(whole);
  };
  return html`<p><button type="button" onClick=${load}>Load the retained message</button></p>`;
}

/** @param {{ browser: TopicBrowser, topicName: string, onDone: () => void }} props */
function Actions({ browser, topicName, onDone }) {
  const isAdmin = useIsAdmin();
  const branch = browser.tree.find(topicName);
  if (!isAdmin || branch === undefined) return null;
  const below = branch.retained - (branch.isRetained ? 1 : 0);
  const filter = `${topicName}/#`;
  return html`
    ${branch.isRetained && html`
      <button type="button" class="danger"
        onClick=${() => removeRetained(topicName, onDone)}>Delete retained…</button>
    `}
    ${below > 0 && html`
      <button type="button" class="danger"
        onClick=${() => purge(filter, onDone)}>Delete all below…</button>
    `}
  `;
}
