// @ts-check
/** Why something was refused: the incidents of the last hour, filtered. */
import { Search } from "../components/parts.js";
import { useSearch } from "../components/listing.js";
import { html, useState } from "../vendor.js";
import { Incidents } from "./incidents.js";

const KINDS = [
  ["", "Everything"],
  ["login", "Logins"],
  ["denied", "Denials"],
  ["dropped", "Drops"],
  ["disconnected", "Disconnects"],
  ["refused", "Other refusals"],
];

/** The view. */
export default function Why() {
  const [search, setSearch] = useSearch();
  const [kind, setKind] = useState("");
  const [filter, setFilter] = useState("");
  const valueOf = (/** @type {Event} */ event) =>
    /** @type {HTMLInputElement} */ (event.target).value;
  return html`
    <div class="bar">
      <${Search} label="Client, user, address, reason" value=${search} onChange=${setSearch} />
      <input aria-label="Topic filter" placeholder="Topic filter, a/#" autocomplete="off"
        onChange=${(/** @type {Event} */ event) => setFilter(valueOf(event))} />
      <select aria-label="Kind" onChange=${(/** @type {Event} */ event) => setKind(valueOf(event))}>
            ${KINDS.map(([value, title]) =>
              html`<option key=${value} value=${value}>${title}</option>`
            )}
          </select>
    </div>
    <${Incidents} search=${search} query=${{
      kind: kind || undefined,
      topicFilter: filter || undefined,
    }} />
  `;
}
