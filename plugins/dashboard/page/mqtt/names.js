// @ts-check
/** Topic names and filters, section 4.7, judged before they are sent: the broker ends a connection for a bad one. */

const MAX_BYTES = 65_535;

/** @param {string} text @param {string} what */
function problemOfText(text, what) {
  if (text === "") return `${what} is empty`;
  if (text.includes("\0")) return `${what} has a null character`;
  if (/\p{Cs}/u.test(text)) return `${what} is no Unicode text`;
  if (text.length * 3 > MAX_BYTES && new TextEncoder().encode(text).length > MAX_BYTES) {
    return `${what} has more than 65,535 bytes`;
  }
  return undefined;
}

/** What is wrong with a topic name; undefined: nothing. @param {string} topicName */
export function problemOfName(topicName) {
  if (/[#+]/.test(topicName)) return "A topic name has no wildcards";
  return problemOfText(topicName, "The topic name");
}

/** What is wrong with a topic filter; undefined: nothing. @param {string} topicFilter */
export function problemOfFilter(topicFilter) {
  if (/^\$(?:share|queue)\//.test(topicFilter)) {
    return "A shared subscription would take messages away from its other members";
  }
  const levels = topicFilter.split("/");
  const isWrong = levels.some((level, index) =>
    level.length > 1 && /[#+]/.test(level) || level === "#" && index < levels.length - 1
  );
  if (isWrong) return "A wildcard is a whole level, and # is the last one";
  return problemOfText(topicFilter, "The topic filter");
}
