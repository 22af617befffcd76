/** `flapping_detect`: when a client that comes and goes is banned, and for how long. Invariant: such a ban ends. */
import { duration, type DurationText, field, flag } from "./fields.ts";
import { key, section, type Values } from "./table.ts";
import { readCount, readDuration } from "./units.ts";

/** Of connections. */
const ends = field<number>((value) => readCount(value) || undefined, "a whole number, 1 or more");

/** Not nothing. */
const time = field<number, DurationText>(
  (value) => readDuration(value) || undefined,
  duration.expected,
  { unit: "seconds" },
);

/** `flapping_detect`, as EMQ X has it. */
export const FLAPPING_KEYS = {
  enable: key({ type: flag, default: false }),
  max_count: key({
    type: ends,
    default: 15,
    doc: "A client whose connections end more often ...",
  }),
  window_time: key({ type: time, default: "1m", doc: "... in this time ..." }),
  ban_time: key({ type: time, default: "5m", doc: "... is banned for so long." }),
};

/** The section. */
export const FLAPPING_DETECT = section(FLAPPING_KEYS, {
  doc:
    "Bans clients that come and go all the time, two that take one client id from each other included: the client id " +
    "together with the user whose password was right, or else with the address, so that no one has another's client " +
    "id banned. `midge ctl ban list` shows them.",
});

/** As the broker uses it. */
export interface FlappingConfig extends Values<typeof FLAPPING_KEYS> {}
