// @ts-check
/**
 * What is different between two payloads: of JSON its fields, of other text its lines. Invariant: the work and the
 * result are bounded; what is not compared any more is said.
 */
import { parsed } from "./formats.js";

/**
 * @typedef {object} Difference
 * @property {"added" | "removed" | "changed" | "same"} kind
 * @property {string} [path] of a field
 * @property {string} [before]
 * @property {string} [after]
 */

const MAX_FIELDS = 2_000;
const MAX_LINES = 400;
const MAX_SHOWN = 200;

/** @param {unknown} value */
function isContainer(value) {
  return value !== null && typeof value === "object";
}

/** @param {unknown} value @returns {Map<string, string>} values by path */
function fieldsOf(value) {
  /** @type {Map<string, string>} */
  const fields = new Map();
  /** @type {[string, unknown][]} */
  const stack = [["", value]];
  for (let next = stack.pop(); next !== undefined && fields.size < MAX_FIELDS; next = stack.pop()) {
    const [path, one] = next;
    if (!isContainer(one)) fields.set(path, JSON.stringify(one));
    else stack.push(...membersOf(path, /** @type {object} */ (one)));
  }
  return fields;
}

/** @param {string} path @param {object} value @returns {[string, unknown][]} the last first */
function membersOf(path, value) {
  const dot = path === "" ? "" : `${path}.`;
  const members = Object.entries(value).slice(0, MAX_FIELDS);
  if (members.length === 0) return [[`${path}${Array.isArray(value) ? "[]" : "{}"}`, null]];
  return members.reverse().map(([name, item]) =>
    Array.isArray(value) ? [`${path}[${name}]`, item] : [dot + name, item]
  );
}

/** @param {Map<string, string>} before @param {Map<string, string>} after @returns {Difference[]} */
function ofFields(before, after) {
  /** @type {Difference[]} */
  const all = [];
  for (const [path, value] of before) {
    const now = after.get(path);
    if (now === undefined) all.push({ kind: "removed", path, before: value });
    else if (now !== value) all.push({ kind: "changed", path, before: value, after: now });
  }
  for (const [path, value] of after) {
    if (!before.has(path)) all.push({ kind: "added", path, after: value });
  }
  return all;
}

/** Lengths of the longest common part of the lines from each place on. @param {string[]} a @param {string[]} b */
function commonLengths(a, b) {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const [at, down, right] = [i * width + j, (i + 1) * width + j, i * width + j + 1];
      lengths[at] = a[i] === b[j]
        ? 1 + (lengths[down + 1] ?? 0)
        : Math.max(lengths[down] ?? 0, lengths[right] ?? 0);
    }
  }
  return (/** @type {number} */ i, /** @type {number} */ j) => lengths[i * width + j] ?? 0;
}

/** @param {string[]} a @param {string[]} b @returns {Difference[]} */
function ofLines(a, b) {
  const common = commonLengths(a, b);
  /** @type {Difference[]} */
  const all = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [before, after] = [a[i], b[j]];
    if (before !== undefined && before === after) {
      all.push({ kind: "same", before, after });
      i++;
      j++;
    } else if (
      after === undefined || before !== undefined && common(i + 1, j) >= common(i, j + 1)
    ) {
      all.push({ kind: "removed", before: /** @type {string} */ (a[i++]) });
    } else {
      all.push({ kind: "added", after });
      j++;
    }
  }
  return all;
}

/** @param {string} text */
function linesOf(text) {
  return text.split("\n");
}

/**
 * @param {string} before
 * @param {string} after
 * @returns {{ kind: "fields" | "lines", differences: Difference[], isWhole: boolean }} in the order of the payloads;
 *   `isWhole` false: there is more that was not compared, or is not in the list
 */
export function difference(before, after) {
  const [a, b] = [parsed(before), parsed(after)];
  if (isContainer(a) && isContainer(b)) {
    const [old, now] = [fieldsOf(a), fieldsOf(b)];
    const isWhole = old.size < MAX_FIELDS && now.size < MAX_FIELDS;
    return cut("fields", ofFields(old, now), isWhole);
  }
  const [old, now] = [linesOf(before), linesOf(after)];
  const isWhole = old.length <= MAX_LINES && now.length <= MAX_LINES;
  return cut("lines", ofLines(old.slice(0, MAX_LINES), now.slice(0, MAX_LINES)), isWhole);
}

/** @param {"fields" | "lines"} kind @param {Difference[]} differences @param {boolean} isWhole */
function cut(kind, differences, isWhole) {
  const isShort = differences.length <= MAX_SHOWN;
  return { kind, differences: differences.slice(0, MAX_SHOWN), isWhole: isWhole && isShort };
}
