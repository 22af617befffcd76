/**
 * Why anything was refused, denied, dropped or disconnected in the last hour. Invariants: bounded memory, and no secret;
 * orderly goodbyes push nothing else out; a message that is dropped like the one before costs a comparison and an
 * addition, and a client whose messages are dropped at many topics a bounded number of look-ups a quarter of a second.
 */
import type { CloseReason } from "../../wire/codes.ts";
import { Drop } from "../drops.ts";
import type { Happening, Incident, Subject } from "./incident.ts";
import { IncidentList } from "./incident_list.ts";

/** Bytes of one, on the average: with 9,000 of them 3.5 MiB; of a goodbye. */
const MEAN_BYTES = 408;
const GOODBYE_BYTES = 524;
/** Of orderly goodbyes there may be this part of the others. */
const GOODBYES = 1 / 9;

/** Topics of one client's dropped messages that are looked up between two sweeps; the others are one incident. */
const LOOKED_UP = 16;
/** A longer topic is looked up each time: a client would pin it. */
const LONGEST_TOPIC = 512;

/** What a client may not have or do; what else drops messages is a matter of room, size or time. */
const DENIALS: ReadonlySet<CloseReason> = new Set([
  Drop.DENIED,
  Drop.RECEIVE_DENIED,
  Drop.RIGHT_LOST,
  Drop.DOLLAR_TOPIC,
]);

/** The last drop of one client. */
class LastDrop {
  reason: CloseReason | undefined;
  topic = "";
  incident: Incident | undefined;
  /** That of the topics that are not looked up. */
  many: Incident | undefined;
  manyReason: CloseReason | undefined;
  sweep = 0;
  lookedUp = 0;
}

/** Whose messages are dropped. */
export interface Loser extends Subject {
  /** Of the incidents alone. */
  lastDrop: LastDrop | undefined;
}

/** A message that is dropped. */
export interface DroppedMessage {
  readonly topicName: string;
  readonly action: "publish" | "receive";
  readonly reason: CloseReason;
  /** The rule that says so; empty: it is none. */
  readonly rule: string;
}

/** All of one broker. */
export class Incidents {
  readonly #epoch: () => number;
  readonly #list: IncidentList;
  readonly #goodbyes: IncidentList;
  /** Of the last sweep, or what was noted since. */
  #now: number;
  #sweeps = 0;

  /**
   * @param epoch milliseconds since 1970
   * @param most at a time, beside goodbyes
   */
  constructor(epoch: () => number, most = 9000) {
    const goodbyes = Math.ceil(most * GOODBYES);
    this.#list = new IncidentList(most, most * MEAN_BYTES);
    this.#goodbyes = new IncidentList(goodbyes, goodbyes * GOODBYE_BYTES);
    this.#epoch = epoch;
    this.#now = epoch();
  }

  /** Takes note. */
  note(subject: Subject, happening: Happening): Incident {
    return this.#list.note(subject, happening, this.#now = this.#epoch());
  }

  /** A connection has ended as its client wanted. */
  goodbye(subject: Subject, happening: Happening): void {
    this.#goodbyes.note(subject, happening, this.#now = this.#epoch());
  }

  /** A message is dropped: there may be millions a second. */
  dropped(
    loser: Loser,
    topicName: string,
    action: "publish" | "receive",
    reason: CloseReason,
    rule: string,
  ): void {
    const last = loser.lastDrop;
    const known = last?.incident;
    if (
      known !== undefined && last!.reason === reason && last!.topic === topicName && known.isKept
    ) {
      known.times++;
      known.last = this.#now;
    } else this.#lookUp(loser, { topicName, action, reason, rule });
  }

  /** Those of the last hour, the newest first. */
  get newestFirst(): Incident[] {
    const now = this.#epoch();
    return [...this.#list.all(now), ...this.#goodbyes.all(now)].sort((a, b) => b.last - a.last);
  }

  /** Entries and bytes, as they are estimated. */
  get size(): { readonly entries: number; readonly bytes: number } {
    const [list, goodbyes] = [this.#list, this.#goodbyes];
    return { entries: list.size + goodbyes.size, bytes: list.bytes + goodbyes.bytes };
  }

  /** Forgets what is older than an hour. */
  sweep(): void {
    this.#now = this.#epoch();
    this.#sweeps++;
    this.#list.sweep(this.#now);
    this.#goodbyes.sweep(this.#now);
  }

  #lookUp(loser: Loser, message: DroppedMessage): void {
    const last = loser.lastDrop ??= new LastDrop();
    if (last.sweep !== this.#sweeps) {
      last.sweep = this.#sweeps;
      last.lookedUp = 0;
    }
    const { topicName, reason } = message;
    if (++last.lookedUp > LOOKED_UP) return this.#oneOfMany(loser, last, message);
    const incident = this.note(loser, happeningOf(message, topicName));
    if (topicName.length > LONGEST_TOPIC) return;
    last.reason = reason;
    last.topic = topicName;
    last.incident = incident;
  }

  #oneOfMany(loser: Loser, last: LastDrop, message: DroppedMessage): void {
    if (last.many?.isKept && last.manyReason === message.reason) {
      last.many.times++;
      last.many.last = this.#now;
      return;
    }
    last.many = this.note(loser, happeningOf(message, null));
    last.manyReason = message.reason;
  }
}

function happeningOf({ action, reason, rule }: DroppedMessage, topic: string | null): Happening {
  const kind = DENIALS.has(reason) ? "denied" : "dropped";
  return { kind, action, topic, code: reason.code, reason: reason.text, rule };
}
