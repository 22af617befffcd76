// @ts-check
/**
 * Topics as they come: the tree, the chosen topic, subscribing and publishing in place. Invariant: the connection lives
 * as long as the view; the chosen topic and the filters stand in the address.
 */
import { get } from "../api.js";
import { Search, Section } from "../components/parts.js";
import { toast } from "../components/toast.js";
import { openHere } from "../mqtt.js";
import { usePlace } from "../router.js";
import { useIsAdmin } from "../session.js";
import { useStore } from "../store.js";
import { count, counted, short } from "../text.js";
import { html, useEffect, useMemo, useState } from "../vendor.js";
import { readAddress, writeAddress } from "./topics/address.js";
import { listTopics } from "./topics/api_topics.js";
import { TopicBrowser } from "./topics/browser.js";
import { FiltersView } from "./topics/filters_view.js";
import { PublishView } from "./topics/publish_view.js";
import { Found } from "./topics/search.js";
import { TopicView } from "./topics/topic_view.js";
import { TreeView } from "./topics/tree_view.js";

const ADDRESS_MS = 300;
const LIST_MS = 15_000;

/** @typedef {import("./topics/address.js").Address} Address */

/** The view. */
export default function Topics() {
  const browser = useMemo(() => new TopicBrowser({ open: () => openHere() }), []);
  const [address, setAddress] = useAddress();
  useEffect(() => {
    browser.start();
    return () => browser.stop();
  }, []);
  useEffect(() => browser.follow(address.filters), [JSON.stringify(address.filters)]);
  useEffect(() => browser.choose(address.topicName), [address.topicName]);
  const states = useStore(browser.filters);
  useKnownTopics(browser, states.some(({ state }) => state === "denied"));
  return html`
    <${Status} browser=${browser} />
    <${FiltersView} browser=${browser} states=${states}
      onChange=${(/** @type {Address["filters"]} */ filters) =>
        setAddress({
          ...address,
          filters: filters.map(({ topicFilter, qos }) => ({ topicFilter, qos })),
        })} />
    <${Columns} browser=${browser} topicName=${address.topicName}
      onChoose=${(/** @type {string} */ topicName) => setAddress({ ...address, topicName })} />
  `;
}

/**
 * What the address says. It is written a little later: who walks through the tree changes it many times a second, and
 * browsers refuse that.
 * @returns {[Address, (address: Address) => void]}
 */
function useAddress() {
  const { parts, query } = usePlace();
  const [address, setAddress] = useState(() => readAddress(location.hash));
  useEffect(() => setAddress(readAddress(location.hash)), [parts, query]);
  useEffect(() => {
    const hash = writeAddress(address);
    if (hash === writeAddress(readAddress(location.hash))) return;
    const timer = setTimeout(() => history.replaceState(null, "", hash), ADDRESS_MS);
    return () => clearTimeout(timer);
  }, [address]);
  return [address, setAddress];
}

/** Topics that the broker knows, once; again and again where a subscription was refused. @param {TopicBrowser} browser @param {boolean} isDenied */
function useKnownTopics(browser, isDenied) {
  useEffect(() => {
    const abort = new AbortController();
    const ask = () =>
      listTopics(abort.signal, (topics) => browser.know(topics)).catch((error) => {
        if (!abort.signal.aborted) toast(`The list of topics: ${error.message}`, { kind: "error" });
      });
    ask();
    const timer = isDenied ? setInterval(ask, LIST_MS) : undefined;
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, [isDenied]);
}

/** @param {{ browser: TopicBrowser }} props */
function Status({ browser }) {
  const { kind, reason, wasOpen } = useStore(browser.state);
  const isPaused = useStore(browser.isPaused);
  useStore(browser.version);
  useEffect(() => {
    if (kind === "waiting" && !wasOpen) get("me").catch(() => {}); // was it the login that has ended?
  }, [kind, wasOpen]);
  const { root, size } = browser.tree;
  const rate = root.rate.value(Date.now());
  return html`
    <div class="bar">
      <p role="status" class="grow connection" data-state=${kind}>
        ${kind === "connected"
          ? "Connected."
          : kind === "waiting"
          ? `Not connected: ${reason}. Trying again…`
          : "Connecting…"}
        ${isPaused && " Paused."}
      </p>
      <p class="faint" data-topics=${size}>${counted(size, "topic")}, ${counted(
        root.messages,
        "message",
      )},
        ${` ${short(rate)} a second`}</p>
      ${kind === "waiting" &&
        html`<button type="button" onClick=${() => browser.hurry()}>Connect now</button>`}
      <button type="button" aria-pressed=${isPaused ? "true" : "false"}
        onClick=${() => browser.pause(!isPaused)}>Pause</button>
    </div>
    <${Backlog} browser=${browser} isPaused=${isPaused} />
  `;
}

/** What the page does not show, and why. @param {{ browser: TopicBrowser, isPaused: boolean }} props */
function Backlog({ browser: { waiting, lost }, isPaused }) {
  return html`
    ${isPaused && waiting > 0 &&
      html`<p class="note">Paused: ${count(waiting)} topics have news.</p>`}
    ${!isPaused && waiting > 0 && html`<p class="note">The page does not follow: ${count(waiting)}
      topics wait. Of each, only the newest value is shown.</p>`}
    ${lost > 0 &&
      html`<p class="note">${count(lost)} messages were too much for the page and are not
      shown. Subscribe to less.</p>`}
  `;
}

/** @param {{ browser: TopicBrowser, topicName: string, onChoose: (topicName: string) => void }} props */
function Columns({ browser, topicName, onChoose }) {
  const [search, setSearch] = useState("");
  const isAdmin = useIsAdmin();
  useStore(browser.version);
  const found = useMemo(
    () => search === "" ? undefined : new Found(browser.tree, search),
    [search, browser],
  );
  const active = topicName === "" ? undefined : browser.tree.find(topicName);
  return html`
    <div class="topics">
      <section class="topics-left" aria-label="All topics">
        <div class="bar"><${Search} label="Search topics" value=${search} onChange=${setSearch} />
          ${found &&
            html`<span role="status" class="faint">${count(found.rows().length)} found</span>`}
        </div>
        ${browser.tree.size === 0 ? html`<p class="empty">No topic was seen yet.</p>` : html`
          <${TreeView} browser=${browser} found=${found} active=${active}
            onActive=${(/** @type {import("./topics/tree.js").Branch} */ { name }) =>
              onChoose(name)} />
        `}
      </section>
      <div class="topics-right">
        ${topicName === ""
          ? html`<p class="empty">Choose a topic: its value, its history and its numbers are shown here.</p>`
          : html`<${TopicView} key=${topicName} browser=${browser} topicName=${topicName} />`}
        ${isAdmin && html`
          <${Section} title="Publish">
            <${PublishView} browser=${browser} topicName=${topicName} />
            <//>
        `}
      </div>
    </div>
  `;
}
