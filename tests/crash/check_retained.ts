/**
 * Judges what a reader found retained: on each topic the last value whose publication was over before the reader
 * asked, or a later one. Invariant: the values of a topic come from one publisher, in the order of their numbers.
 */
import type { Event } from "./history.ts";
import { messagesOf, type MessageSpan } from "./spans.ts";
import type { Violation } from "./violation.ts";

/** No value. */
const NONE = "no value";

/** Every value that may not be there; topics begin with `prefix`. */
export function checkRetained(events: readonly Event[], prefix = "r/"): Violation[] {
  const topics = new Map<string, MessageSpan[]>();
  for (const message of messagesOf(events).values()) {
    if (!message.topic.startsWith(prefix)) continue;
    topics.set(message.topic, [...topics.get(message.topic) ?? [], message]);
  }
  return events.flatMap((event, at) => {
    if (event.kind !== "retained") return [];
    const unknown = [...event.values.keys()]
      .filter((topic) => topic.startsWith(prefix) && !topics.has(topic));
    return [
      ...[...topics].flatMap(([topic, messages]) => {
        const came = shownValue(event.values.get(topic));
        return judge(event.client, topic, allowed(messages, event.began, at), came, at);
      }),
      ...unknown.flatMap((topic) =>
        judge(event.client, topic, [NONE], shownValue(event.values.get(topic)), at)
      ),
    ];
  });
}

/** What may be there for a reader that asked at `began` and had its answer at `ended`. */
function allowed(messages: readonly MessageSpan[], began: number, ended: number): string[] {
  const sent = messages.filter(({ first }) => first < ended);
  const last = sent.findLastIndex(({ done }) => done < began);
  const values = sent.slice(Math.max(last, 0)).map(({ isClear, sequence }) =>
    isClear ? NONE : shownValue(sequence)
  );
  return last < 0 ? [NONE, ...values] : values;
}

function judge(
  client: string,
  topic: string,
  expected: readonly string[],
  came: string,
  at: number,
): Violation[] {
  if (expected.includes(came)) return [];
  const different = [...new Set(expected)];
  const shown = different.slice(0, 4).join(" or ") + (different.length > 4 ? " or later" : "");
  return [{ kind: "retained", client, topic, promised: shown, came, at }];
}

function shownValue(sequence: number | undefined): string {
  return sequence === undefined ? NONE : `#${sequence}`;
}
