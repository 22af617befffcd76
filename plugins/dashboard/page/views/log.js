// @ts-check
/**
 * The log as it is written, and the level of each logger. Invariants: a bounded number of lines; the view follows the
 * end unless it was scrolled away from it.
 */
import { api, list } from "../api.js";
import { attempt } from "../components/toast.js";
import { Pending, Section } from "../components/parts.js";
import { usePoll } from "../poll.js";
import { useIsAdmin } from "../session.js";
import { follow } from "../stream.js";
import { time, visible } from "../text.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor.js";

const MAX_LINES = 1_000;
const LEVELS = ["debug", "info", "warning", "error"];

/** The view. */
export default function Log() {
  const [level, setLevel] = useState("info");
  const [search, setSearch] = useState("");
  const { lines, problem } = useTail(level);
  const wanted = search.toLowerCase();
  const shown = lines.filter(({ logger, message }) =>
    `${logger} ${message}`.toLowerCase().includes(wanted)
  );
  const valueOf = (/** @type {Event} */ event) =>
    /** @type {HTMLInputElement} */ (event.target).value;
  return html`
    <div class="bar">
      <input type="search" data-search aria-label="Search the lines" placeholder="Search the lines"
        onInput=${(/** @type {Event} */ event) => setSearch(valueOf(event))} />
      <label class="check">At least
            <select value=${level} onChange=${(/** @type {Event} */ event) =>
              setLevel(valueOf(event))}>
              ${LEVELS.map((one) => html`<option key=${one}>${one}</option>`)}
            </select></label>
    </div>
        ${problem !== "" && html`<p class="problem" role="alert">${problem}</p>`}
        <${Lines} lines=${shown} />
        <${Levels} />
  `;
}

/** @typedef {{ id: number, at: number, level: string, logger: string, message: string }} Line */

/**
 * The last lines. Those that come together are drawn together.
 * @param {string} level
 */
function useTail(level) {
  const [state, setState] = useState({ lines: /** @type {Line[]} */ ([]), problem: "" });
  useEffect(() => {
    const abort = new AbortController();
    /** @type {Line[]} */
    let lines = [];
    let id = 0;
    let frame = 0;
    const draw = () =>
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        setState({ lines, problem: "" });
      });
    follow("log/tail", { level }, {
      signal: abort.signal,
      onStart: () => {
        lines = [];
        draw();
      },
      onEvent: (line) => {
        lines = [...lines.slice(1 - MAX_LINES), { ...line, id: ++id }];
        draw();
      },
      onError: (error) => setState((before) => ({ ...before, problem: error.message })),
    });
    return () => {
      abort.abort();
      cancelAnimationFrame(frame);
    };
  }, [level]);
  return state;
}

/** @param {{ lines: Line[] }} props */
function Lines({ lines }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    const element = place.current;
    if (element !== null && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [lines]);
  const look = () => {
    const element = place.current;
    if (element === null) return;
    isAtEnd.current = element.scrollTop + element.clientHeight > element.scrollHeight - 20;
  };
  return html`
    <div class="log" ref=${place} role="log" aria-label="Lines of the log" aria-live="off"
      tabindex="0"
      onScroll=${look}>
        ${lines.map(({ id, at, level, logger, message }) =>
          html`<div key=${id} class=${level}>
      ${time(at)} ${level} ${logger}: ${visible(message, 2_000)}</div>`
        )}
        ${lines.length === 0 && html`<p class="empty">No lines yet.</p>`}
      </div>
  `;
}

function Levels() {
  const isAdmin = useIsAdmin();
  const polled = usePoll((signal) => list("log/levels", { signal }), 0);
  const change = async (/** @type {string} */ logger, /** @type {string} */ level) => {
    await attempt(
      () => api("PUT", "log/levels", { body: { logger, level } }),
      `${logger} writes from ${level} on, until the next start or reload.`,
    );
    polled.refresh();
  };
  return html`
    <${Section} title="Levels">
      <${Pending} polled=${polled} />
      <div class="fields">${(polled.data?.rows ?? []).map(({ logger, level }) =>
        isAdmin
          ? html`<label class="field" key=${logger}><span>${logger}</span>
          <select value=${level} onChange=${(/** @type {Event} */ event) =>
            change(logger, /** @type {HTMLSelectElement} */ (event.target).value)}>
            ${LEVELS.map((one) => html`<option key=${one}>${one}</option>`)}
          </select></label>`
          : html`<p key=${logger}>${logger}: <b>${level}</b></p>`
      )}
        </div>
      <//>
  `;
}
