// @ts-check
/**
 * A chart of numbers over time. Invariants: the library is loaded with the first chart; the last values stand beside it
 * as text, for who cannot see it; a gap in time is a gap in the line.
 */
import { isDark } from "../theme.js";
import { useStore } from "../store.js";
import { html, useEffect, useRef } from "../vendor.js";
import { CLOCK_SPACE, clockTimes, valueRange } from "./axes.js";

/**
 * @typedef {object} Series
 * @property {string} label
 * @property {(number | null)[]} values one for each time; null: not known
 */

/**
 * @typedef {object} ChartProps
 * @property {string} label what it shows
 * @property {number[]} times seconds since 1970, rising
 * @property {Series[]} series at most four
 * @property {(value: number) => string} show a value as text
 * @property {number} [height] pixels
 */

/** @param {string} name */
function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** @param {ChartProps} props @param {number} width */
function optionsOf({ series, show, height = 150 }, width) {
  const axis = {
    stroke: colour("--text-2"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui, sans-serif",
  };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { y: { range: valueRange } },
    axes: [
      { ...axis, size: 28, space: CLOCK_SPACE, values: clockTimes },
      {
        ...axis,
        size: 58,
        values: (/** @type {any} */ _, /** @type {number[]} */ all) => all.map(show),
      },
    ],
    series: [
      {},
      ...series.map(({ label }, index) => ({
        label,
        stroke: colour(`--series-${index + 1}`),
        width: 1.75,
        points: { show: false },
      })),
    ],
  };
}

/** @param {ChartProps} props */
export function Chart(props) {
  const { label, times, series, show, height = 150 } = props;
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const plot = useRef(/** @type {import("uplot") | null} */ (null));
  const dark = useStore(isDark);
  const data =
    /** @type {import("uplot").AlignedData} */ ([times, ...series.map((one) => one.values)]);
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => drawIn(place, plot, latest, props), [dark, series.length]);
  useEffect(() => plot.current?.setData(data), [times]);
  const last = (/** @type {Series} */ { values }) => {
    const value = values.at(-1);
    return value === undefined || value === null ? "–" : show(value);
  };
  return html`
    <figure class="chart">
      <figcaption>
          <span class="chart-title">${label}</span>
          ${series.map((one, index) =>
            html`<span key=${one.label} class="key key-${index + 1}">
          ${one.label} <b>${last(one)}</b></span>`
          )}
        </figcaption>
      <div ref=${place} class="plot" aria-hidden="true" style=${{ height: `${height}px` }}></div>
    </figure>
  `;
}

/**
 * @param {{ current: HTMLElement | null }} place
 * @param {{ current: import("uplot") | null }} plot
 * @param {{ current: import("uplot").AlignedData }} latest
 * @param {ChartProps} props
 */
function drawIn(place, plot, latest, props) {
  const element = place.current;
  if (element === null) return;
  let isGone = false;
  const resized = new ResizeObserver(() => {
    plot.current?.setSize({ width: element.clientWidth, height: props.height ?? 150 });
  });
  import("uplot").then(({ default: UPlot }) => {
    if (isGone) return;
    plot.current = new UPlot(optionsOf(props, element.clientWidth), latest.current, element);
    resized.observe(element);
  });
  return () => {
    isGone = true;
    resized.disconnect();
    plot.current?.destroy();
    plot.current = null;
  };
}
