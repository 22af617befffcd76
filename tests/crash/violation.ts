/** A promise that was not kept. Invariant: it says what was promised and what came, so that it stands for itself. */

/** What can go wrong. */
export const KINDS = [
  "lost",
  "twice",
  "order",
  "uninvited",
  "phantom",
  "damaged",
  "session",
  "retained",
  "will",
  "stuck",
  "broker",
] as const;

/** One of them. */
export type Kind = typeof KINDS[number];

/** A promise that was not kept. */
export interface Violation {
  readonly kind: Kind;
  readonly client: string;
  /** Empty where it is about no topic. */
  readonly topic: string;
  readonly promised: string;
  readonly came: string;
  /** The index of the history that shows it. */
  readonly at: number;
}
