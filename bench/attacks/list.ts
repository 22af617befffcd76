/** All attacks, in the order of docs/RELIABILITY.md. */
import type { Attack } from "./attack.ts";
import { burst } from "./burst.ts";
import { deep } from "./deep.ts";
import { filters } from "./filters.ts";
import { greeting } from "./greeting.ts";
import { groups } from "./groups.ts";
import { hoard } from "./hoard.ts";
import { nothing } from "./nothing.ts";
import { pattern } from "./pattern.ts";
import { retained } from "./retained.ts";
import { routes } from "./routes.ts";
import { stuck } from "./stuck.ts";

export const ATTACKS: readonly Attack[] = [
  nothing,
  routes,
  filters,
  burst,
  groups,
  pattern,
  stuck,
  hoard,
  retained,
  deep,
  greeting,
];
