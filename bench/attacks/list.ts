/** All attacks, in the order of docs/RELIABILITY.md. */
import type { Attack } from "./attack.ts";
import { nothing } from "./nothing.ts";
import { oversized } from "./oversized.ts";
import { slowRetained } from "./slow_retained.ts";

export const ATTACKS: readonly Attack[] = [
  nothing,
  slowRetained,
  oversized,
];
