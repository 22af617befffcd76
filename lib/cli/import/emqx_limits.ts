/**
 * EMQ X's limits of rates, of a listener and of its zone, as a listener's, and what it does about clients that come and
 * go. Invariant: of two limits of one thing the stricter one is written.
 */
import type { Draft } from "./draft.ts";
import type { EmqxListener } from "./emqx_obstacles.ts";
import { durationText, readSeconds, type Settings } from "./emqx_settings.ts";
import { badValue, readFlag, readNumber, type Statement } from "./statements.ts";

/** An amount in a number of seconds, and where that is said. */
interface Rate {
  readonly count: number;
  readonly seconds: number;
  readonly statement: Statement;
}

const UNITS: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
const PER: readonly (readonly [unit: string, seconds: number])[] = [["", 1], ["/m", 60], [
  "/h",
  3600,
]];
/** What EMQ X takes where nothing is said. */
const FLAPPING_POLICY = "30,1m,5m";

/** Writes the limits of one listener. @throws {UserError} for what is none */
export function setLimits(
  name: string,
  { prefix, zone }: EmqxListener,
  settings: Settings,
  draft: Draft,
): void {
  const ofZone = (key: string) => settings.take(`zone.${zone.name}.${key}`);
  const connections = settings.take(`${prefix}.max_conn_rate`);
  if (connections !== undefined && readNumber(connections) > 0) {
    const what = "it holds for each address (EMQ X: for all of the listener together)";
    draft.set(
      ["listeners", name, "max_conn_rate_per_address"],
      readNumber(connections),
      connections.place,
    );
    draft.differ(connections.key, connections.place, what);
  }
  const bytes = [settings.take(`${prefix}.rate_limit`), ofZone("rate_limit.conn_bytes_in")];
  setRate(name, "bytes", slowest(bytes), draft);
  const messages = [ofZone("publish_limit"), ofZone("rate_limit.conn_messages_in")];
  setRate(name, "messages", slowest(messages), draft);
}

/** Writes `flapping_detect` where the zone has it on. */
export function setFlapping(isOn: Statement | undefined, settings: Settings, draft: Draft): void {
  const policy = settings.take("flapping_detect_policy");
  if (isOn === undefined || !readFlag(isOn)) return;
  const { value } = policy ?? { value: FLAPPING_POLICY };
  const [count = "", window, ban] = value.split(",").map((one) => one.trim());
  const statement = policy ?? isOn;
  if (ban === undefined || !/^[1-9]\d*$/.test(count)) {
    throw badValue(statement, "a number and two durations, such as 30, 1m, 5m");
  }
  const time = (text: string) => durationText(readSeconds({ ...statement, value: text }));
  draft.set(["flapping_detect", "enable"], true, isOn.place);
  draft.set(["flapping_detect", "max_count"], Number(count), policy?.place);
  draft.set(["flapping_detect", "window_time"], time(window!));
  draft.set(["flapping_detect", "ban_time"], time(ban));
}

function slowest(statements: readonly (Statement | undefined)[]): Rate | undefined {
  return statements.filter((one) => one !== undefined).map(readRate)
    .sort((a, b) => a.count / a.seconds - b.count / b.seconds)[0];
}

/** `100,10s` or `100KB,10s`. */
function readRate(statement: Statement): Rate {
  const [, digits, unit = "", time] =
    /^(\d+)\s*(?:([KMG])B?)?\s*,\s*(\S+)$/i.exec(statement.value) ??
      [];
  const count = Number(digits) * UNITS[unit.toUpperCase()]!;
  const seconds = time === undefined ? 0 : readSeconds({ ...statement, value: time });
  if (count > 0 && seconds > 0) return { count, seconds, statement };
  throw badValue(statement, "an amount and a time, such as 100,10s or 100KB,10s");
}

/** What comes in the whole time may come at once. */
function setRate(
  name: string,
  what: "bytes" | "messages",
  rate: Rate | undefined,
  draft: Draft,
): void {
  if (rate === undefined) return;
  const { place } = rate.statement;
  draft.set(["listeners", name, `${what}_rate`], rateText(rate), place);
  draft.set(["listeners", name, `${what}_burst`], rate.count, place);
}

/** A whole number a second, a minute or an hour, whichever is exact first; rounded down, but never to none. */
function rateText({ count, seconds }: Rate): number | string {
  const exact = PER.find(([, per]) => Number.isInteger(count * per / seconds));
  const [unit, per] = exact ?? PER.at(-1)!;
  const number = Math.max(1, Math.floor(count * per / seconds));
  return unit === "" ? number : `${number}${unit}`;
}
