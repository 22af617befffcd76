/** All attacks, in the order of docs/RELIABILITY.md. */
import type { Attack } from "./attack.ts";
import { nothing } from "./nothing.ts";
import { routes } from "./routes.ts";

export const ATTACKS: readonly Attack[] = [
  nothing,
  routes,
];
