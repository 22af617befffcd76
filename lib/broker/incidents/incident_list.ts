/**
 * Incidents in bounded memory. Invariants: at most that many entries and bytes, for an hour; the same again only
 * raises `times` and `last`; what has come again since it was looked at goes later.
 */
import { cut, type Happening, type Incident, type Subject } from "./incident.ts";

/** How long an incident is remembered after it came last, milliseconds. */
export const REMEMBERED_MS = 3_600_000;
/** An entry takes about that much beside its texts, bytes. */
const ENTRY_BYTES = 320;
/** Entries that are looked at before one goes that has come again meanwhile. */
const SECOND_CHANCES = 8;
/** Entries that one sweep looks at. */
const SWEPT = 100;

interface Entry {
  readonly incident: Incident;
  readonly bytes: number;
  /** When it was put behind the others. */
  putAt: number;
}

/** One list. */
export class IncidentList {
  readonly #most: number;
  readonly #mostBytes: number;
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  /**
   * @param most entries
   * @param mostBytes of all of them, as they are estimated
   */
  constructor(most: number, mostBytes: number) {
    this.#most = most;
    this.#mostBytes = mostBytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes note; the incident that it is now. @param now milliseconds since 1970 */
  note(subject: Subject, happening: Happening, now: number): Incident {
    const made = incidentOf(subject, happening, now);
    const key = keyOf(made);
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.incident.times++;
      known.incident.last = now;
      return known.incident;
    }
    const bytes = ENTRY_BYTES + 2 * (2 * key.length + made.rule.length);
    this.#entries.set(key, { incident: made, bytes, putAt: now });
    this.#bytes += bytes;
    while (this.#entries.size > this.#most || this.#bytes > this.#mostBytes) this.#makeRoom();
    return made;
  }

  /** What came within the hour, in no order. */
  *all(now: number): Generator<Incident> {
    for (const { incident } of this.#entries.values()) {
      if (now - incident.last <= REMEMBERED_MS) yield incident;
    }
  }

  /** Forgets what is older than an hour, a bounded number at a time. */
  sweep(now: number): void {
    let left = SWEPT;
    for (const [key, entry] of this.#entries) {
      if (now - entry.putAt <= REMEMBERED_MS || left-- === 0) return;
      if (now - entry.incident.last > REMEMBERED_MS) this.#forget(key, entry);
      else this.#putBehind(key, entry);
    }
  }

  #makeRoom(): void {
    let left = SECOND_CHANCES;
    for (const [key, entry] of this.#entries) {
      if (left-- > 0 && entry.incident.last > entry.putAt) this.#putBehind(key, entry);
      else return this.#forget(key, entry);
    }
  }

  #putBehind(key: string, entry: Entry): void {
    entry.putAt = entry.incident.last;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
  }

  #forget(key: string, { incident, bytes }: Entry): void {
    incident.isKept = false;
    this.#entries.delete(key);
    this.#bytes -= bytes;
  }
}

function incidentOf(
  { clientId, username, address }: Subject,
  { kind, action, topic, code, reason, rule }: Happening,
  now: number,
): Incident {
  return {
    kind,
    action,
    topic: topic === null ? null : cut(topic),
    code,
    reason: cut(reason),
    rule: cut(rule),
    clientId: cut(clientId),
    username: username === undefined ? undefined : cut(username),
    address,
    at: now,
    last: now,
    times: 1,
    isKept: true,
  };
}

/** Clients without a name are told apart by where they come from. */
function keyOf({ kind, clientId, username, address, action, topic, reason }: Incident): string {
  const who = clientId === "" ? address : clientId;
  return [kind, who, username ?? "", action, topic ?? "", reason].join("\n");
}
