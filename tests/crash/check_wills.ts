/**
 * Judges wills: one is due when its connection was cut, or ended with the broker and its client was not back in time;
 * it is not due after DISCONNECT, nor when the client was back. Invariant: what happened shortly before the broker
 * ended may have been seen by it or not, and proves nothing.
 */
import { BROKER, type Event, keyOf, type Mark } from "./history.ts";
import type { Span } from "./spans.ts";
import type { Violation } from "./violation.ts";

/** What a broker promises about wills. */
export interface WillTerms {
  /** The client whose subscription shows the wills that are published. */
  readonly observer: string;
  /** Milliseconds from a start of the broker after which it counts clients as gone; undefined: it forgets them. */
  readonly grace: number | undefined;
}

/** Within this a broker has seen that a connection ended, milliseconds. */
const SEEN_MS = 1000;
/** A client that is back in this share of the grace, from the moment in which the broker was started, is in time. */
const IN_TIME = 0.9;
/** Behind the grace a will is on its way, milliseconds; a busy machine takes long, and nothing waits for what has come. */
export const WILL_SLACK_MS = 15_000;

/** A connection with a will that was let in, and its end. */
interface Episode {
  readonly client: string;
  readonly will: Mark;
  end: { at: number; ms: number; by: "cut" | "goodbye" | "broker" } | undefined;
  /** When the client was let in again. */
  back: number | undefined;
}

/** What a will should be: on its way (not before `from`), never sent, or either. */
type Verdict = { readonly due: "yes"; readonly from: number } | { readonly due: "no" | "either" };

/** Wills that did not come, and those that should not have. */
export function checkWills(events: readonly Event[], terms: WillTerms): Violation[] {
  const seen = new Map<string, number>();
  events.forEach((event, at) => {
    if (event.kind === "delivery" && event.client === terms.observer) seen.set(keyOf(event), at);
  });
  const now = events.at(-1)?.ms ?? 0;
  return episodesOf(events).flatMap((episode) => {
    const verdict = verdictOf(episode, events, terms);
    const at = seen.get(keyOf(episode.will));
    const { client, will: { topic } } = episode;
    const common = { kind: "will" as const, client, topic, at: at ?? episode.end?.at ?? 0 };
    if (verdict.due === "yes" && at === undefined && now > verdict.from) {
      return [{ ...common, promised: `the will ${keyOf(episode.will)}`, came: "nothing" }];
    }
    if (verdict.due !== "no" || at === undefined) return [];
    const why = episode.end?.by === "goodbye"
      ? "its client said DISCONNECT"
      : "its client was connected, or back in time";
    return [{ ...common, promised: `no will: ${why}`, came: `${keyOf(episode.will)}` }];
  });
}

/** Until when a will may still be on its way, on the history's clock; 0: none is due any more. */
export function willsDueUntil(events: readonly Event[], terms: WillTerms): number {
  const seen = new Set(
    events.flatMap((event) =>
      event.kind === "delivery" && event.client === terms.observer ? [keyOf(event)] : []
    ),
  );
  const verdicts = episodesOf(events).filter(({ will }) => !seen.has(keyOf(will)))
    .map((episode) => verdictOf(episode, events, terms));
  return Math.max(0, ...verdicts.map((verdict) => verdict.due === "yes" ? verdict.from : 0));
}

function episodesOf(events: readonly Event[]): Episode[] {
  const asked = new Map<string, Mark | undefined>();
  const open = new Map<string, Episode>();
  const all: Episode[] = [];
  events.forEach((event, at) => {
    const { client, kind, ms } = event;
    if (kind === "connect") asked.set(client, event.will);
    if (kind === "connack") {
      const before = open.get(client);
      if (before !== undefined) before.back ??= ms;
      open.delete(client);
      const will = asked.get(client);
      if (will === undefined) return;
      const episode = { client, will, end: undefined, back: undefined };
      open.set(client, episode);
      all.push(episode);
    }
    const current = open.get(client);
    if (kind === "end" && current !== undefined) current.end ??= { at, ms, by: event.by };
  });
  return all;
}

function verdictOf({ end, back }: Episode, events: readonly Event[], terms: WillTerms): Verdict {
  if (end === undefined) return { due: "no" };
  const isNearEnd = crashesOf(events).some(([from, until]) =>
    end.ms > from - SEEN_MS && end.ms < until
  );
  if (!isNearEnd && end.by === "goodbye") return { due: "no" };
  if (!isNearEnd) return { due: "yes", from: end.ms + SEEN_MS + WILL_SLACK_MS };
  if (terms.grace === undefined || end.by === "goodbye") return { due: "either" };
  return afterCrash(end, back, events, terms.grace);
}

/** Somewhere between these two the broker ended, each time. */
function crashesOf(events: readonly Event[]): Span[] {
  const spans: Span[] = [];
  for (const { client, kind, ms } of events) {
    if (client !== BROKER) continue;
    if (kind === "down") spans.push([ms, Infinity]);
    else if (kind === "up" && spans.length > 0) spans.at(-1)![1] = ms;
  }
  return spans;
}

function afterCrash(
  end: NonNullable<Episode["end"]>,
  back: number | undefined,
  events: readonly Event[],
  grace: number,
): Verdict {
  const starts = events.flatMap((event) =>
    event.kind === "up" && event.ms > end.ms && event.ms <= (back ?? Infinity) ? [event] : []
  );
  const [first, last] = [starts.at(0), starts.at(-1)];
  if (first === undefined || last === undefined) return { due: "either" };
  const from = last.ms + grace + WILL_SLACK_MS;
  if (back === undefined || back > from) return { due: "yes", from };
  // A start before the last one may have counted the client as gone already.
  const isInTime = end.by === "broker" && back - (first.ms - first.after) < grace * IN_TIME;
  return { due: isInTime ? "no" : "either" };
}
