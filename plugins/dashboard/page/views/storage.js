// @ts-check
/** The storage: what it promises, whether it can keep it. */
import { get } from "../api.js";
import { Badge, Facts, Pending, Section, Time } from "../components/parts.js";
import { usePoll } from "../poll.js";
import { count, milliseconds, size } from "../text.js";
import { html } from "../vendor.js";

const SECONDS = 3;

/** The view. */
export default function Storage() {
  const polled = usePoll(async (signal) => ({ store: await get("storage", {}, signal) }), SECONDS);
  const store = polled.data?.store;
  return html`<${Pending} polled=${polled} />
    ${
    store === null && html`<p class="note">
      Everything is in memory alone: a restart loses sessions, their messages and retained messages.</p>`
  }
    ${store && html`<${Store} store=${store} />`}`;
}

/** @param {{ store: any }} props */
function Store({ store }) {
  return html`<${Section} title="Storage">
    ${
    store.state === "down" && html`<p class="problem" role="alert">
      ${store.lastError ?? "It cannot be written."}</p>`
  }
    <${Facts} items=${[
    ["State", html`<${Badge} kind=${store.state === "up" ? "good" : "bad"}>${store.state}<//>`],
    ["Since", html`<${Time} at=${store.since} />`],
    ["Durability", store.durability],
    ["Place", store.place],
    ["Size", size(store.bytes)],
    ["Waiting writes", count(store.pending)],
    ["Writes", count(store.writes)],
    ["Failed writes", count(store.failures)],
    ["Last write took", milliseconds(store.lastWrite)],
    ["Last error", store.lastError ?? "none"],
  ]} />
  <//>`;
}
