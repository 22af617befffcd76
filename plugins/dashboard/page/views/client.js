// @ts-check
/** One client: its connection, its session, what waits for it, and what was refused to it. */
import { ApiError, get, route } from "../api.js";
import { Badge, Facts, Pending, Section, Value } from "../components/parts.js";
import { Table } from "../components/table.js";
import { usePoll } from "../poll.js";
import { hashOf } from "../router.js";
import { useIsAdmin } from "../session.js";
import { count, duration, size, visible } from "../text.js";
import { html } from "../vendor.js";
import { ClientActions } from "./client_actions.js";
import { protocolName, subscriptionOptions } from "./client_lists.js";
import { Incidents } from "./incidents.js";

const SECONDS = 3;

/** @param {string} path @param {AbortSignal} signal @returns {Promise<any>} null: there is none */
async function getIfThere(path, signal) {
  try {
    return await get(path, {}, signal);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** @param {string} clientId @param {AbortSignal} signal */
async function ask(clientId, signal) {
  const [client, session] = await Promise.all([
    getIfThere(route("clients/{clientId}", { clientId }), signal),
    getIfThere(route("sessions/{clientId}", { clientId }), signal),
  ]);
  return { client, session };
}

/** Where access of a client is explained. @param {string} id */
function explainHash(id) {
  return `${hashOf("access")}?show=explain&clientId=${encodeURIComponent(id)}`;
}

/** @param {{ id: string }} props */
export function Client({ id }) {
  const isAdmin = useIsAdmin();
  const polled = usePoll((signal) => ask(id, signal), SECONDS, [id]);
  const { client, session } = polled.data ?? { client: null, session: null };
  const isGone = polled.data !== undefined && client === null && session === null;
  return html`
    <p class="bar"><a href=${hashOf("clients")}>← All clients</a></p>
        <div
      class="bar"><h2 class="grow"><${Value} text=${id} max=${500} empty="(empty)" /></h2>
          <a class="button" href=${explainHash(id)}>Explain</a>
          ${isAdmin && !isGone && html`
            <${ClientActions} id=${id} client=${client} hasSession=${session !== null}
              onDone=${polled.refresh} />
          `}
        </div>
        <${Pending} polled=${polled} />
        ${isGone && html`<p class="note">It is not connected, and it has no session.</p>`}
        ${client && html`<${ConnectionPart} detail=${client} />`}
        ${session && html`<${SessionPart} detail=${session} />`}
        <${Section} title="Why: what was refused, dropped, ended">
      <${Incidents} query=${{ clientId: id }} maxRows=${8} />
      <//>
  `;
}

/** @param {{ detail: any }} props */
function ConnectionPart({ detail: { client, connect, certificate, bytesReceived, bytesSent } }) {
  const bytes = (/** @type {number | null} */ value) => value === null ? "–" : size(value);
  return html`<${Section} title="Connection"><${Facts} items=${[
    ["User", html`<${Value} text=${client.username} />${client.superuser ? " (superuser)" : ""}`],
    ["Address", `${client.address}:${client.port}`],
    ["Listener", `${client.listener}, ${client.transport}`],
    ["MQTT", protocolName(client.protocolLevel)],
    ["Connected for", duration(client.seconds)],
    ["Keep alive", client.keepAlive === 0 ? "off" : `${client.keepAlive} s`],
    ["Clean session", client.cleanSession ? "yes" : "no"],
    ["Bytes in / out", `${bytes(bytesReceived)} / ${bytes(bytesSent)}`],
    ...(connect.length > 0 ? [["CONNECT said", visible(connect.join(", "))]] : []),
    ...(certificate ? [["Certificate", html`<${Value} text=${certificate.subject} />`]] : []),
  ]} />
    ${
    client.waits.map((/** @type {string} */ text) => html`<p key=${text} class="note">${text}</p>`)
  }
  <//>`;
}

/** @param {{ detail: any }} props */
function SessionPart({ detail: { session, subscriptions, queue, inflight } }) {
  const kept = session.expirySeconds === null ? "for ever" : duration(session.expirySeconds);
  return html`
    <${Section} title="Session">
      <${Facts} items=${[
        [
          "State",
          session.connected
            ? html`<${Badge} kind="good">connected<//>`
            : html`<${Badge} kind="warn">away for ${duration(session.secondsAway)}<//>`,
        ],
        ["Kept without a connection", session.cleanSession ? "no" : kept],
        ["Queued", count(session.queuedMessages)],
        ["In flight out / in", `${session.inflightOut} / ${session.inflightIn}`],
        ...(session.willSeconds === null ? [] : [["Will in", duration(session.willSeconds)]]),
      ]} />
      <//>
      <${Section} title=${`Subscriptions (${count(subscriptions.length)})`}>
        <${Table} label="Subscriptions" columns=${SUBSCRIPTIONS} rows=${subscriptions} maxRows=${8}
          keyOf=${(/** @type {any} */ row) => row.topicFilter} empty="It has none." />
        <//>
        <${Section} title="Messages on their way">
        <${Table} label="Messages on their way" columns=${WAITING} maxRows=${8} rows=${[
          ...inflight,
          ...queue,
        ]}
          keyOf=${keyOfWaiting} empty="None." />
        ${queue.length < session.queuedMessages && html`<p class="faint">
      The first ${count(queue.length)} of ${count(session.queuedMessages)} that are queued.</p>`}
      <//>
  `;
}

/** @type {import("../components/table.js").Column<any>[]} */
const SUBSCRIPTIONS = [
  {
    title: "Topic filter",
    width: "minmax(8rem, 2fr)",
    sort: (row) => row.topicFilter,
    cell: (row) => html`<${Value} text=${row.topicFilter} />`,
  },
  { title: "QoS", width: "4rem", isNumber: true, sort: (row) => row.qos, cell: (row) => row.qos },
  { title: "Options", isWide: true, cell: subscriptionOptions },
];

/** @type {import("../components/table.js").Column<any>[]} */
const WAITING = [
  {
    title: "Topic",
    width: "minmax(8rem, 2fr)",
    cell: (row) => html`<${Value} text=${row.topicName} />`,
  },
  { title: "State", width: "6rem", cell: (row) => row.state },
  { title: "QoS", width: "4rem", isNumber: true, cell: (row) => row.qos },
  { title: "Size", width: "6rem", isNumber: true, cell: (row) => size(row.bytes) },
  {
    title: "Packet id",
    width: "6rem",
    isNumber: true,
    isWide: true,
    cell: (row) => row.packetId ?? "–",
  },
];

const KEYS = new WeakMap();
let lastKey = 0;

/** Messages have no name of their own: each object gets one. @param {object} row */
function keyOfWaiting(row) {
  if (!KEYS.has(row)) KEYS.set(row, String(++lastKey));
  return KEYS.get(row);
}
