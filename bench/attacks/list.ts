/** All attacks, in the order of docs/RELIABILITY.md. */
import type { Attack } from "./attack.ts";
import { connectReset } from "./connect_reset.ts";
import { nothing } from "./nothing.ts";

export const ATTACKS: readonly Attack[] = [
  nothing,
  connectReset,
];
