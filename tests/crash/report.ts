/** What a run says: a line for each round, each kind of fault with its first cases, and a line with the sums. */
import { BROKER, shownEvent } from "./history.ts";
import { countsOf, type RoundResult } from "./round.ts";
import { KINDS, type Violation } from "./violation.ts";

/** Cases of a kind that are shown in full, and packets of the client before each. */
const SHOWN_CASES = 2;
const SHOWN_EVENTS = 16;
/** Of the events behind a case the first are shown too. */
const LATER_EVENTS = 200;

/** Sums over all rounds. */
export interface Totals {
  rounds: number;
  faulty: number;
  acknowledged: number;
  delivered: number;
  longestRestart: number;
  readonly kinds: Map<string, number>;
}

/** Nothing yet. */
export function emptyTotals(): Totals {
  const numbers = { rounds: 0, faulty: 0, acknowledged: 0, delivered: 0, longestRestart: 0 };
  return { ...numbers, kinds: new Map() };
}

/** Adds a round. */
export function addRound(totals: Totals, { events, violations, restarts }: RoundResult): void {
  const { acknowledged, delivered } = countsOf(events);
  totals.rounds++;
  if (violations.length > 0) totals.faulty++;
  totals.acknowledged += acknowledged;
  totals.delivered += delivered;
  totals.longestRestart = Math.max(totals.longestRestart, ...restarts);
  for (const { kind } of violations) totals.kinds.set(kind, (totals.kinds.get(kind) ?? 0) + 1);
}

/** A round: one line, and below it what was found. */
export function roundText(round: number, seed: number, result: RoundResult): string {
  const { events, violations, blows, restarts } = result;
  const { acknowledged, delivered } = countsOf(events);
  const restart = restarts.map((ms) => ms.toFixed(0)).join(" and ");
  const head = `round ${round}, seed ${seed}: ${blows.join(", ")}; up in ${restart} ms; ` +
    `${acknowledged} acknowledged, ${delivered} delivered; ${violations.length} faults\n`;
  return head + KINDS.map((kind) => kindText(kind, round, seed, result)).join("");
}

function kindText(
  kind: Violation["kind"],
  round: number,
  seed: number,
  { events, violations }: RoundResult,
): string {
  const all = violations.filter((one) => one.kind === kind);
  if (all.length === 0) return "";
  const cases = all.slice(0, SHOWN_CASES).map((one) =>
    `FOUND ${kind}: seed ${seed}, round ${round}, client ${one.client}` +
    `${one.topic && `, topic ${one.topic}`}\n` +
    `  promised: ${one.promised}\n  came: ${one.came}\n${lastEvents(events, one)}`
  );
  const more = all.length > SHOWN_CASES ? `${kind}: ${all.length} in all\n` : "";
  return cases.join("") + more;
}

/** What happened around it: all about the topic, and what the client and the broker did beside deliveries. */
function lastEvents(events: RoundResult["events"], { client, topic, at }: Violation): string {
  const start = events[0]?.ms ?? 0;
  const shown = events.map((event, index) => ({ event, index })).filter(({ event, index }) =>
    index <= at + LATER_EVENTS && isTelling(event, client, topic)
  );
  return shown.slice(-SHOWN_EVENTS).map(({ event, index }) =>
    `    ${index} ${event.client.padEnd(8)} ${shownEvent(event, start)}\n`
  ).join("");
}

function isTelling(event: RoundResult["events"][number], client: string, topic: string): boolean {
  if (event.client === BROKER) return true;
  const isAbout = "topic" in event && event.topic === topic;
  if (event.kind === "delivery") return event.client === client && (isAbout || topic === "");
  return isAbout || event.client === client;
}

/** The sums, for people and for the table in the documentation. */
export function totalsText(broker: string, seed: number, totals: Totals): string {
  const { rounds, faulty, acknowledged, delivered, longestRestart } = totals;
  const faults = [...totals.kinds].map(([kind, count]) => `${kind} ${count}`).join(", ");
  return `${broker}, seed ${seed}: ${rounds} rounds, ${acknowledged} messages acknowledged, ` +
    `${delivered} delivered, longest restart ${longestRestart.toFixed(0)} ms; ` +
    `${faulty} rounds with faults${faults && `: ${faults}`}\n`;
}
