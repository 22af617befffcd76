/**
 * Plots as SVG: panels beside each other, each with a logarithmic x axis and a line for each broker. Pure. Invariant:
 * one file that needs no other (no fonts, no scripts), is read in light and in dark, and says in words what it shows.
 */

/** A line: y by x, in the order of x. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** One diagram. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly Line[];
}

/** A file of them. */
export interface Plot {
  readonly title: string;
  /** What the x axes count. */
  readonly what: string;
  readonly panels: readonly Panel[];
}

const COLUMNS = 2;
const WIDTH = 400;
const HEIGHT = 250;
const HEAD = 64;
/** Of a panel, around its diagram. */
const [LEFT, RIGHT, TOP, BOTTOM] = [52, 20, 34, 42];
const INNER_WIDTH = WIDTH - LEFT - RIGHT;
const INNER_HEIGHT = HEIGHT - TOP - BOTTOM;
/** From this ratio of the highest to the lowest on, y is logarithmic too. */
const MANY_TIMES = 30;

const STYLE = `
  svg { --ground: #ffffff; --ink: #1f2328; --quiet: #59636e; --grid: #d1d9e0; --line0: #0b62c4; --line1: #b35900; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #0d1117; --ink: #f0f6fc; --quiet: #9198a1; --grid: #3d444d; --line0: #6cb6ff; --line1: #f0a050; }
  }
  .ground { fill: var(--ground); }
  text { font: 12px system-ui, sans-serif; fill: var(--ink); }
  .title { font-size: 15px; font-weight: 600; }
  .panel { font-weight: 600; }
  .tick { fill: var(--quiet); font-size: 11px; }
  .grid { stroke: var(--grid); stroke-width: 1; }
  .line0, .line1 { fill: none; stroke-width: 2; }
  .line0 { stroke: var(--line0); }
  .line1 { stroke: var(--line1); stroke-dasharray: 6 3; }
  .dot0 { fill: var(--line0); }
  .dot1 { fill: var(--line1); }
`;

/** The file. Two lines a panel at most, of the same names in each. */
export function svgOf({ title, what, panels }: Plot): string {
  const rows = Math.ceil(panels.length / COLUMNS);
  const [width, height] = [COLUMNS * WIDTH, HEAD + rows * HEIGHT];
  const names = panels[0]?.lines.map(({ name }) => name) ?? [];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" role="img" aria-labelledby="t d">`,
    `<title id="t">${escaped(title)}</title>`,
    `<desc id="d">${escaped(describe(what, panels))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    label(16, 26, title, "title"),
    ...names.map((name, i) => legend(i, name)),
    ...panels.map((panel, i) => place(i, drawPanel(panel, what))),
    "</svg>\n",
  ].join("\n");
}

function legend(i: number, name: string): string {
  const x = 16 + i * 130;
  return `<path class="line${i}" d="M${x} 46h26"/>${label(x + 32, 50, name)}`;
}

function place(i: number, content: string): string {
  const [x, y] = [i % COLUMNS * WIDTH, HEAD + Math.floor(i / COLUMNS) * HEIGHT];
  return `<g transform="translate(${x} ${y})">\n${content}\n</g>`;
}

function drawPanel({ title, unit, lines }: Panel, what: string): string {
  const points = lines.flatMap((line) => line.points);
  const x = xAxis(points.map(([at]) => at));
  const y = yAxis(points.map(([, value]) => value));
  return [
    label(LEFT, 20, `${title}, ${unit}`, "panel"),
    ...y.ticks.map((tick) => gridLine(tick, y.at(tick))),
    ...x.ticks.map((tick) =>
      label(LEFT + x.at(tick), HEIGHT - BOTTOM + 16, short(tick), "tick", "middle")
    ),
    label(LEFT + INNER_WIDTH / 2, HEIGHT - 8, what, "tick", "middle"),
    ...lines.map((line, i) => drawLine(line, i, x, y)),
  ].join("\n");
}

/** From a value to its place, in pixels of the diagram. */
interface Axis {
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** Powers of ten. */
function xAxis(values: readonly number[]): Axis {
  const [from, to] = [Math.log10(Math.min(...values)), Math.log10(Math.max(...values))];
  return {
    ticks: powers(Math.ceil(from), Math.floor(to)),
    at: (value) => to === from ? 0 : (Math.log10(value) - from) / (to - from) * INNER_WIDTH,
  };
}

/** From zero, or in powers of ten where the values are far from each other. */
function yAxis(values: readonly number[]): Axis {
  const highest = Math.max(...values);
  const lowest = Math.min(...values);
  if (lowest > 0 && highest / lowest > MANY_TIMES) {
    const [from, to] = [Math.floor(Math.log10(lowest)), Math.ceil(Math.log10(highest))];
    return {
      ticks: powers(from, to),
      at: (value) => TOP + INNER_HEIGHT * (1 - (Math.log10(value) - from) / (to - from)),
    };
  }
  const step = niceStep(highest / 4);
  const top = Math.max(1, Math.ceil(highest / step)) * step;
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
  return { ticks, at: (value) => TOP + INNER_HEIGHT * (1 - value / top) };
}

function powers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
}

/** 1, 2 or 5 times a power of ten, not below this. */
function niceStep(least: number): number {
  if (!(least > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].find((one) => one * power >= least)! * power;
}

function drawLine({ points }: Line, i: number, x: Axis, y: Axis): string {
  const places = points.map(([at, value]) => [LEFT + x.at(at), y.at(value)] as const);
  const path = places.map(([px, py]) => `${fixed(px)} ${fixed(py)}`).join("L");
  const dots = places.map(([px, py]) =>
    `<circle class="dot${i}" cx="${fixed(px)}" cy="${fixed(py)}" r="3"/>`
  );
  return `<path class="line${i}" d="M${path}"/>${dots.join("")}`;
}

function gridLine(tick: number, y: number): string {
  return `<path class="grid" d="M${LEFT} ${fixed(y)}h${INNER_WIDTH}"/>` +
    label(LEFT - 6, y + 4, short(tick), "tick", "end");
}

function label(x: number, y: number, text: string, kind = "", anchor = "start"): string {
  return `<text class="${kind}" x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}">${
    escaped(text)
  }</text>`;
}

/** Each line in words: from where to where it goes. */
function describe(what: string, panels: readonly Panel[]): string {
  return panels.map(({ title, unit, lines }) =>
    `${title}: ${lines.map((line) => span(line, unit, what)).join("; ")}.`
  ).join(" ");
}

function span({ name, points }: Line, unit: string, what: string): string {
  const [[fromX, fromY], [toX, toY]] = [points[0]!, points.at(-1)!];
  return `${name} ${short(fromY)} ${unit} at ${short(fromX)}, ` +
    `${short(toY)} ${unit} at ${short(toX)} ${what}`;
}

/** 1000 is 1k. */
export function short(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  return value >= 1000
    ? `${Number((value / 1000).toPrecision(3))}k`
    : `${Number(value.toPrecision(3))}`;
}

function fixed(value: number): string {
  return `${Math.round(value * 10) / 10}`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
