// @ts-check
/** The lists of clients, of sessions and of subscriptions. */
import { Listing } from "../components/listing.js";
import { Badge, Value } from "../components/parts.js";
import { hashOf } from "../router.js";
import { count, duration } from "../text.js";
import { html, useState } from "../vendor.js";

/** A client's id that leads to it. @param {{ id: string }} props */
export function ClientLink({ id }) {
  return html`<a href=${hashOf("clients", id)}><${Value} text=${id} empty="(empty)" /></a>`;
}

/** @param {number} level */
export function protocolName(level) {
  return { 3: "3.1", 4: "3.1.1", 5: "5" }[level] ?? String(level);
}

/* What lists have in common. */

/** @type {import("../components/table.js").Column<any>} */
const CLIENT = {
  title: "Client",
  width: "minmax(8rem, 2fr)",
  sort: (row) => row.clientId,
  cell: (row) => html`<${ClientLink} id=${row.clientId} />`,
};

/** @type {import("../components/table.js").Column<any>} */
const USER = {
  title: "User",
  sort: (row) => row.username ?? "",
  cell: (row) => html`<${Value} text=${row.username} />`,
};

/** @type {import("../components/table.js").Column<any>} */
const SUBS = {
  title: "Subs",
  width: "4.5rem",
  isNumber: true,
  isWide: true,
  sort: (row) => row.subscriptions,
  cell: (row) => count(row.subscriptions),
};

/** @type {import("../components/table.js").Column<any>} */
const QUEUED = {
  title: "Queued",
  width: "5.5rem",
  isNumber: true,
  sort: (row) => row.queuedMessages,
  cell: (row) => count(row.queuedMessages),
};

/** @type {import("../components/table.js").Column<any>[]} */
const CLIENT_COLUMNS = [
  CLIENT,
  USER,
  {
    title: "Address",
    isWide: true,
    width: "minmax(10.5rem, 1fr)",
    sort: (row) => row.address,
    cell: (row) => `${row.address}:${row.port}`,
  },
  {
    title: "By",
    isWide: true,
    width: "minmax(5rem, 7rem)",
    sort: (row) => `${row.listener} ${row.transport}`,
    cell: (row) => `${row.listener} ${row.transport}`,
  },
  {
    title: "MQTT",
    isWide: true,
    width: "4.5rem",
    sort: (row) => row.protocolLevel,
    cell: (row) => protocolName(row.protocolLevel),
  },
  {
    title: "For",
    width: "7.2rem",
    isNumber: true,
    isWide: true,
    sort: (row) => row.seconds,
    cell: (row) => duration(row.seconds),
  },
  SUBS,
  QUEUED,
  {
    title: "State",
    isWide: true,
    width: "8rem",
    sort: (row) => row.waits.join(", "),
    cell: stateOf,
  },
];

/** @param {any} row */
function stateOf(row) {
  if (!row.connected) return html`<${Badge} kind="warn">logging in<//>`;
  if (row.waits.length === 0) return html`<${Badge} kind="good">connected<//>`;
  return html`<span title=${row.waits.join("\n")}><${Badge} kind="warn">${row.waits[0]}<//></span>`;
}

/** The clients. */
export function ClientList() {
  return html`
    <${Listing} path="clients" label="clients" columns=${CLIENT_COLUMNS} sortBy=${0}
      keyOf=${(/** @type {any} */ row) =>
        row.clientId + (row.connected ? "" : ` ${row.address}:${row.port}`)}
      textOf=${(/** @type {any} */ row) => `${row.clientId}\n${row.username ?? ""}\n${row.address}`}
      empty="No client is connected." />
  `;
}

/** @type {import("../components/table.js").Column<any>[]} */
const SESSION_COLUMNS = [
  CLIENT,
  { ...USER, isWide: true },
  {
    title: "Away",
    width: "7rem",
    isNumber: true,
    sort: (row) => row.secondsAway ?? -1,
    cell: (row) => row.connected ? "connected" : duration(row.secondsAway),
  },
  {
    title: "Kept for",
    width: "7rem",
    isNumber: true,
    isWide: true,
    sort: (row) => row.expirySeconds ?? Infinity,
    cell: (row) => row.expirySeconds === null ? "ever" : duration(row.expirySeconds),
  },
  { ...SUBS, width: "5rem" },
  QUEUED,
  {
    title: "In flight",
    width: "6rem",
    isNumber: true,
    isWide: true,
    sort: (row) => row.inflightOut + row.inflightIn,
    cell: (row) => `${row.inflightOut} / ${row.inflightIn}`,
  },
];

/** The sessions, with and without a connection. */
export function SessionList() {
  return html`
    <${Listing} path="sessions" label="sessions" columns=${SESSION_COLUMNS}
      keyOf=${(/** @type {any} */ row) => row.clientId}
      textOf=${(/** @type {any} */ row) => `${row.clientId}\n${row.username ?? ""}`}
      empty="There is no session." />
  `;
}

/** How a subscription was asked for. @param {any} row */
export function subscriptionOptions(row) {
  return [
    row.noLocal && "no local",
    row.retainAsPublished && "retain as published",
    row.identifier !== undefined && `identifier ${row.identifier}`,
  ].filter(Boolean).join(", ");
}

/** @type {import("../components/table.js").Column<any>[]} */
const SUBSCRIPTION_COLUMNS = [
  {
    title: "Topic filter",
    width: "minmax(8rem, 2fr)",
    sort: (row) => row.topicFilter,
    cell: (row) => html`<${Value} text=${row.topicFilter} />`,
  },
  {
    title: "Client",
    sort: (row) => row.clientId,
    cell: (row) => html`<${ClientLink} id=${row.clientId} />`,
  },
  { title: "QoS", width: "4rem", isNumber: true, sort: (row) => row.qos, cell: (row) => row.qos },
  { title: "Options", isWide: true, cell: subscriptionOptions },
];

/** All subscriptions, or those that match a topic. */
export function SubscriptionList() {
  const [topicName, setTopicName] = useState("");
  const change = (/** @type {Event} */ event) =>
    setTopicName(/** @type {HTMLInputElement} */ (event.target).value);
  return html`
    <${Listing} path="subscriptions" query=${{ topicName: topicName || undefined }}
      label="subscriptions" columns=${SUBSCRIPTION_COLUMNS}
      keyOf=${(/** @type {any} */ row) => `${row.clientId}\n${row.topicFilter}`}
      textOf=${(/** @type {any} */ row) => `${row.clientId}\n${row.topicFilter}`}
      filters=${html`
        <input aria-label="Only those that match this topic" placeholder="Matching topic"
          onChange=${change} />
      `}
      empty="There is no such subscription." />
  `;
}
