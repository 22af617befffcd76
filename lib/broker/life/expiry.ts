/**
 * Warns before certificates of listeners expire: 30, 7 and 1 days before, and when they have. Invariant: each
 * certificate is warned about once a step; one that is replaced begins anew.
 */
import type { Clock } from "../../clock.ts";
import type { ShownCertificate } from "../../net/listen/listener.ts";
import { shown } from "../../shown.ts";

const DAY_MS = 86_400_000;
/** How often it is looked. */
const LOOK_MS = 60_000;
/** Days before the end, the latest first. */
const STEPS: readonly number[] = [0, 1, 7, 30];

/** A certificate with the listener that shows it. */
type Listed = readonly [listener: string, certificate: ShownCertificate];

/** How many whole days are left: 0 on the last one, negative when it has expired. */
export function daysLeft({ notAfter }: Pick<ShownCertificate, "notAfter">, now: number): number {
  return Math.floor((notAfter - now) / DAY_MS);
}

/** By listener: how many days its first certificate to expire has left. */
export function firstDays(certificates: Iterable<Listed>, now: number): Record<string, number> {
  const days: Record<string, number> = {};
  for (const [listener, certificate] of certificates) {
    days[listener] = Math.min(days[listener] ?? Infinity, daysLeft(certificate, now));
  }
  return days;
}

/** The line about a certificate that has expired, or soon will; undefined while there is time. */
export function expiryLine([listener, certificate]: Listed, now: number): string | undefined {
  const step = stepOf(certificate, now);
  if (step === undefined) return undefined;
  const { file, title, notAfter } = certificate;
  const what = `listener ${listener}: the certificate of ${shown(title)} (${file})`;
  const at = new Date(notAfter).toISOString().slice(0, 16).replace("T", " ");
  if (step === 0) return `${what} has expired on ${at} UTC: clients refuse it`;
  const days = daysLeft(certificate, now);
  return `${what} expires ${
    days === 0 ? "within a day" : `in ${days} day${days === 1 ? "" : "s"}`
  }, on ${at} UTC`;
}

/** Looks now, and then again and again; the result ends that. */
export function watchExpiry(
  { clock, logger }: { clock: Clock; logger: { warn(line: string): void } },
  certificates: () => Iterable<Listed>,
): () => void {
  let said = new Set<string>();
  const look = () => {
    const now = clock.epoch();
    const still = new Set<string>();
    for (const listed of certificates()) {
      const [listener, { file, notAfter }] = listed;
      const key = [listener, file, notAfter, stepOf(listed[1], now)].join("\n");
      still.add(key);
      const line = said.has(key) ? undefined : expiryLine(listed, now);
      if (line !== undefined) logger.warn(line);
    }
    said = still;
  };
  look();
  return clock.every(LOOK_MS, look);
}

/** The latest step that is reached. */
function stepOf({ notAfter }: ShownCertificate, now: number): number | undefined {
  return STEPS.find((days) => notAfter - now <= days * DAY_MS);
}
