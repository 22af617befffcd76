// @ts-check
/**
 * A listing of the API as a table with a search. Invariants: the more rows there are, the more rarely it is asked for;
 * what was found is what the shown words say.
 */
import { list } from "../api.js";
import { usePoll } from "../poll.js";
import { place, replaceQuery } from "../router.js";
import { count } from "../text.js";
import { html, useMemo, useState } from "../vendor.js";
import { Pending, Search } from "./parts.js";
import { Table } from "./table.js";

const MIN_SECONDS = 5;
const ROWS_PER_SECOND = 200;

/** How long to wait before these are asked for again. @param {{ rows: unknown[] }} answer */
export function secondsFor({ rows }) {
  return Math.max(MIN_SECONDS, rows.length / ROWS_PER_SECOND);
}

/**
 * A word that is searched for, kept in the address.
 * @returns {[string, (value: string) => void]}
 */
export function useSearch() {
  const [search, setSearch] = useState(() => place.value.query.get("search") ?? "");
  return [search, (value) => {
    setSearch(value);
    replaceQuery({ ...Object.fromEntries(place.value.query), search: value });
  }];
}

/**
 * @template T
 * @param {object} props
 * @param {string} props.path of the listing
 * @param {import("../api.js").Query} [props.query]
 * @param {string} props.label what the rows are, `clients`
 * @param {import("./table.js").Column<T>[]} props.columns
 * @param {(row: T) => string} props.keyOf
 * @param {(row: T) => string} props.textOf what is searched
 * @param {number} [props.sortBy]
 * @param {boolean} [props.isDown]
 * @param {number} [props.limit]
 * @param {import("../vendor.js").Children} [props.empty]
 * @param {import("../vendor.js").Children} [props.actions]
 * @param {import("../vendor.js").Children} [props.filters]
 * @param {unknown} [props.version] asks again when it is another
 */
export function Listing(props) {
  const { path, query = {}, label, textOf, limit = 50_000, version } = props;
  const [search, setSearch] = useSearch();
  const polled = usePoll((signal) => list(path, { query, limit, signal }), secondsFor, [
    path,
    JSON.stringify(query),
    version,
  ]);
  const rows = useMemo(() => found(polled.data?.rows ?? [], search, textOf), [polled.data, search]);
  const total = polled.data?.rows.length ?? 0;
  const isPart = polled.data !== undefined && !polled.data.isWhole;
  return html`<div class="bar">
      <${Search} label=${`Search ${label}`} value=${search} onChange=${setSearch} />
      ${props.filters}
      <span role="status" class="grow faint">
        ${
    polled.data && `${count(rows.length)}${search === "" ? "" : ` of ${count(total)}`} ${label}`
  }
        ${isPart && `, the first ${count(limit)}`}
      </span>
      <button type="button" onClick=${polled.refresh}>Refresh</button>
      ${props.actions}
    </div>
    <${Pending} polled=${polled} />
    ${
    polled.data && html`
      <${Table} label=${label} columns=${props.columns} rows=${rows}
        keyOf=${props.keyOf} sortBy=${props.sortBy} isDown=${props.isDown}
        empty=${search === "" ? props.empty : "Nothing matches."} />
    `
  }`;
}

/** @template T @param {T[]} rows @param {string} search @param {(row: T) => string} textOf */
function found(rows, search, textOf) {
  const wanted = search.trim().toLowerCase();
  return wanted === "" ? rows : rows.filter((row) => textOf(row).toLowerCase().includes(wanted));
}
