// @ts-check
/** How the broker is doing: what is wrong first, then numbers of now and of the last hour. */
import { get } from "../api.js";
import { Chart } from "../components/chart.js";
import { Facts, Pending } from "../components/parts.js";
import { History, valuesOf } from "../history.js";
import { usePoll } from "../poll.js";
import { count, duration, milliseconds, short, size } from "../text.js";
import { html, useMemo, useRef } from "../vendor.js";

const SECONDS = 5;

/** 1.2K/s @param {number} value */
const perSecond = (value) => `${short(value)}/s`;
/** @param {number} value */
const bytesPerSecond = (value) => `${size(value)}/s`;

/** What is drawn: title, how values are shown, names of the series with their labels. */
const CHARTS = /** @type {const} */ ([
  ["Messages", perSecond, [["messagesIn", "in"], ["messagesOut", "out"], ["dropped", "dropped"]]],
  ["Bytes", bytesPerSecond, [["bytesIn", "in"], ["bytesOut", "out"]]],
  ["Connections and sessions", short, [["connections", "connections"], ["sessions", "sessions"]]],
  ["Waiting messages", short, [["queued", "queued"], ["inflight", "in flight"]]],
  ["Memory", size, [["rss", "process"], ["heap", "heap"]]],
  ["Event loop delay", milliseconds, [["eventLoopDelay", "delay"]]],
  ["Publish to deliver", milliseconds, [["latencyP50", "p50"], ["latencyP99", "p99"]]],
  ["Subscriptions and retained", short, [["subscriptions", "subscriptions"], [
    "retained",
    "retained",
  ]]],
]);

/** The view. */
export default function Overview() {
  const history = useRef(/** @type {History | null} */ (null));
  history.current ??= new History();
  const moments = usePoll(
    (signal) => /** @type {History} */ (history.current).update(signal),
    SECONDS,
  );
  return html`<${Readiness} />
    <${Now} moments=${moments.data ?? []} />
    <${Pending} polled=${moments} />
    ${moments.data && html`<${Charts} moments=${moments.data} />`}`;
}

function Readiness() {
  const { data } = usePoll((signal) => get("health", {}, signal), SECONDS);
  const problems = data?.problems ?? [];
  return html`<div role="status" aria-live="polite" class="readiness">
    ${data && !data.ready && problems.length === 0 && html`<p class="problem">Not ready.</p>`}
    ${
    problems.map((/** @type {string} */ text) => html`<p key=${text} class="problem">${text}</p>`)
  }
  </div>`;
}

/** @param {import("../history.js").Moment[]} moments @param {string} name @param {(value: number) => string} show */
function lastOf(moments, name, show) {
  const value = valuesOf(moments.slice(-1), name)[0];
  return value === null || value === undefined ? "–" : show(value);
}

/** What stands on top: title, series, how it is shown. */
const TILES = /** @type {const} */ ([
  ["Connections", "connections", count],
  ["Messages in", "messagesIn", perSecond],
  ["Messages out", "messagesOut", perSecond],
  ["Dropped", "dropped", perSecond],
  ["Queued", "queued", count],
  ["Latency p99", "latencyP99", milliseconds],
  ["Memory", "rss", size],
]);

/** @param {{ moments: import("../history.js").Moment[] }} props */
function Now({ moments }) {
  const { data } = usePoll((signal) => get("status", {}, signal), SECONDS * 2);
  const numbers = [
    ...TILES.map(([title, name, show]) => [title, lastOf(moments, name, show)]),
    ["Up for", data === undefined ? "–" : duration(data.uptimeSeconds)],
  ];
  return html`<dl class="tiles">
    ${
    numbers.map(([name, value]) =>
      html`
        <div key=${name} class="tile">
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )
  }
  </dl>
  ${data && html`<${Program} status=${data} />`}`;
}

/** @param {{ status: any }} props */
function Program({ status }) {
  return html`
    <div class="card">
      <${Facts} items=${[
        ["Version", status.version],
        ["Configuration", status.config ?? "none"],
        ["Process", String(status.pid)],
        ["Plugins", status.plugins.join(", ")],
      ]} />
    </div>
  `;
}

/** @param {{ moments: import("../history.js").Moment[] }} props */
function Charts({ moments }) {
  const times = useMemo(() => moments.map(({ at }) => at / 1_000), [moments]);
  return html`<div class="charts">
    ${
    CHARTS.map(([label, show, names]) =>
      html`
        <div class="card" key=${label}>
          <${Chart} label=${label} times=${times} show=${show}
            series=${names.map(([name, title]) => ({
              label: title,
              values: valuesOf(moments, name),
            }))} />
        </div>
      `
    )
  }
  </div>`;
}
