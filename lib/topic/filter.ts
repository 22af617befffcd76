/**
 * Topic names and topic filters of MQTT 3.1.1, section 4.7: are they well formed, and how do the
 * sets of topic names they stand for relate?
 *
 * Invariant: pure, no regular expressions, time linear in the length of the arguments. Characters
 * are compared as they are, never normalized [MQTT-4.7.3-4]. The three relations expect valid
 * arguments; `$share/GROUP/` and `$queue/` are taken off first, by {@link splitSharedFilter}.
 */

const SEPARATOR = 0x2f;
const PLUS = 0x2b;
const HASH = 0x23;
const DOLLAR = 0x24;

/** The longest string that a two-byte length can announce, in bytes of UTF-8. */
const MAX_BYTES = 65_535;

/** The group name of `$queue/FILTER`, EMQ X's spelling of a shared subscription without a group. */
const QUEUE_GROUP = "$queue";

/** What is wrong with a shared filter inside another; the standard does not speak of it. */
export const SHARED_INSIDE = "a shared subscription must not be inside another";

/** A topic filter and, when it was `$share/GROUP/FILTER` or `$queue/FILTER`, its group. */
export interface SharedFilter {
  /** Undefined for an ordinary filter; `$queue` for `$queue/FILTER`. */
  readonly group: string | undefined;
  /** What is matched with topic names and checked against access rules. Not yet validated. */
  readonly topicFilter: string;
}

/**
 * What is wrong with a topic name, as one phrase that ends with the statement's id; undefined when
 * it is valid. `maxLevels` is this broker's own limit.
 */
export function topicNameProblem(name: string, maxLevels = Infinity): string | undefined {
  let levels = 1;
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code === SEPARATOR) levels++;
    else if (code === PLUS || code === HASH) {
      return "a topic name must not contain a wildcard [MQTT-4.7.1-1]";
    }
  }
  return textProblem(name, "topic name") ?? levelsProblem(levels, maxLevels, "topic name");
}

/**
 * What is wrong with a topic filter (without `$share/GROUP/`), as one phrase that ends with the
 * statement's id; undefined when it is valid.
 */
export function topicFilterProblem(filter: string, maxLevels = Infinity): string | undefined {
  let levels = 1;
  for (let at = 0; at < filter.length; at++) {
    const code = filter.charCodeAt(at);
    if (code === SEPARATOR) levels++;
    else if (code === HASH && !(at === filter.length - 1 && opensLevel(filter, at))) {
      return "# must be alone in the last level of a topic filter [MQTT-4.7.1-2]";
    } else if (code === PLUS && !(opensLevel(filter, at) && closesLevel(filter, at))) {
      return "+ must be alone in its level of a topic filter [MQTT-4.7.1-3]";
    }
  }
  return textProblem(filter, "topic filter") ?? levelsProblem(levels, maxLevels, "topic filter");
}

/**
 * Takes `$share/GROUP/` or `$queue/` off a topic filter. A string is the problem with the prefix:
 * no group, no filter, a wildcard in the group, a shared filter inside another. What remains is
 * still to be checked with {@link topicFilterProblem}.
 */
export function splitSharedFilter(filter: string): SharedFilter | string {
  if (filter.startsWith("$queue/")) return shared(QUEUE_GROUP, filter.slice(7));
  if (!filter.startsWith("$share/")) return { group: undefined, topicFilter: filter };
  const end = filter.indexOf("/", 7);
  if (end < 0) return "a shared subscription is written $share/GROUP/FILTER";
  const group = filter.slice(7, end);
  if (group === "") return "the group of a shared subscription must not be empty";
  if (group.includes("+") || group.includes("#")) {
    return "the group of a shared subscription must not contain a wildcard";
  }
  return shared(group, filter.slice(end + 1));
}

/** The filter as subscribed; `group` and `topicFilter` as {@link splitSharedFilter} gives them. */
export function sharedFilter(group: string, topicFilter: string): string {
  return group === QUEUE_GROUP ? `$queue/${topicFilter}` : `$share/${group}/${topicFilter}`;
}

/**
 * Does the filter match this topic name? A filter that begins with a wildcard never matches a name
 * that begins with `$` [MQTT-4.7.2-1].
 */
export function filterMatches(filter: string, topicName: string): boolean {
  if (startsWithWildcard(filter) && topicName.charCodeAt(0) === DOLLAR) return false;
  let f = 0;
  let t = 0;
  while (f <= filter.length) {
    const fEnd = levelEnd(filter, f);
    if (isOnly(HASH, filter, f, fEnd)) return true;
    if (t > topicName.length) return false;
    const tEnd = levelEnd(topicName, t);
    if (!isOnly(PLUS, filter, f, fEnd) && !sameLevel(filter, f, fEnd, topicName, t, tEnd)) {
      return false;
    }
    f = fEnd + 1;
    t = tEnd + 1;
  }
  return t > topicName.length;
}

/** Is every topic name that `inner` matches matched by `outer` too? (`a/+` does not cover `a/#`.) */
export function filterCovers(outer: string, inner: string): boolean {
  if (startsWithWildcard(outer) && inner.charCodeAt(0) === DOLLAR) return false;
  return coversLevels(outer, withoutEmptyName(inner));
}

function coversLevels(outer: string, inner: string): boolean {
  let o = 0;
  let i = 0;
  while (o <= outer.length) {
    const oEnd = levelEnd(outer, o);
    if (isOnly(HASH, outer, o, oEnd)) return true;
    if (i > inner.length) return false;
    const iEnd = levelEnd(inner, i);
    if (isOnly(HASH, inner, i, iEnd)) return false;
    if (!isOnly(PLUS, outer, o, oEnd) && !sameLevel(outer, o, oEnd, inner, i, iEnd)) return false;
    o = oEnd + 1;
    i = iEnd + 1;
  }
  return i > inner.length;
}

/** Is there a topic name that both filters match? */
export function filtersIntersect(a: string, b: string): boolean {
  if (startsWithWildcard(a) && b.charCodeAt(0) === DOLLAR) return false;
  if (startsWithWildcard(b) && a.charCodeAt(0) === DOLLAR) return false;
  return levelsIntersect(withoutEmptyName(a), withoutEmptyName(b));
}

function levelsIntersect(a: string, b: string): boolean {
  let i = 0;
  let j = 0;
  while (i <= a.length && j <= b.length) {
    const iEnd = levelEnd(a, i);
    const jEnd = levelEnd(b, j);
    if (isOnly(HASH, a, i, iEnd) || isOnly(HASH, b, j, jEnd)) return true;
    const open = isOnly(PLUS, a, i, iEnd) || isOnly(PLUS, b, j, jEnd);
    if (!open && !sameLevel(a, i, iEnd, b, j, jEnd)) return false;
    i = iEnd + 1;
    j = jEnd + 1;
  }
  return isEndOrHash(a, i) && isEndOrHash(b, j);
}

function shared(group: string, topicFilter: string): SharedFilter | string {
  if (topicFilter === "") return "a shared subscription needs a topic filter behind its group";
  if (topicFilter.startsWith("$share/") || topicFilter.startsWith("$queue/")) {
    return SHARED_INSIDE;
  }
  return { group, topicFilter };
}

/** What names and filters have in common: length and U+0000. */
function textProblem(text: string, what: string): string | undefined {
  if (text.length === 0) return `a ${what} must not be empty [MQTT-4.7.3-1]`;
  if (text.includes("\u0000")) return `a ${what} must not contain U+0000 [MQTT-4.7.3-2]`;
  if (text.length * 3 > MAX_BYTES && new TextEncoder().encode(text).length > MAX_BYTES) {
    return `a ${what} must not be longer than ${MAX_BYTES} bytes [MQTT-4.7.3-3]`;
  }
  return undefined;
}

function levelsProblem(levels: number, maxLevels: number, what: string): string | undefined {
  if (levels <= maxLevels) return undefined;
  return `a ${what} must not have more than ${maxLevels} levels here (max_topic_levels)`;
}

function opensLevel(text: string, at: number): boolean {
  return at === 0 || text.charCodeAt(at - 1) === SEPARATOR;
}

function closesLevel(text: string, at: number): boolean {
  return at === text.length - 1 || text.charCodeAt(at + 1) === SEPARATOR;
}

function startsWithWildcard(filter: string): boolean {
  const first = filter.charCodeAt(0);
  return first === PLUS || first === HASH;
}

/**
 * Where the level that starts at `start` ends. The next one starts behind it; a start greater than
 * the length means that there is no further level (`a/` has two, the second one empty).
 */
function levelEnd(text: string, start: number): number {
  const end = text.indexOf("/", start);
  return end < 0 ? text.length : end;
}

function isOnly(wildcard: number, text: string, start: number, end: number): boolean {
  return end - start === 1 && text.charCodeAt(start) === wildcard;
}

/**
 * The empty text is no topic name [MQTT-4.7.3-1], although `#` and `/#`, read level by level, would
 * match it. Spelt like this they do not, and stand for the same names.
 */
function withoutEmptyName(filter: string): string {
  if (filter === "#") return "+/#";
  return filter === "/#" ? "/+/#" : filter;
}

/** Nothing follows, or `#`, which also stands for nothing: `a/#` matches `a`. */
function isEndOrHash(filter: string, start: number): boolean {
  return start > filter.length || isOnly(HASH, filter, start, filter.length);
}

function sameLevel(
  a: string,
  aStart: number,
  aEnd: number,
  b: string,
  bStart: number,
  bEnd: number,
): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  for (let i = aStart, j = bStart; i < aEnd; i++, j++) {
    if (a.charCodeAt(i) !== b.charCodeAt(j)) return false;
  }
  return true;
}
