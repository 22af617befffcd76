/** All attacks, in the order of docs/RELIABILITY.md. */
import type { Attack } from "./attack.ts";
import { connectReset } from "./connect_reset.ts";
import { guessing } from "./guessing.ts";
import { loginFlood } from "./login_flood.ts";
import { loginNames } from "./login_names.ts";
import { losingSessions } from "./losing_sessions.ts";
import { nothing } from "./nothing.ts";
import { oversized } from "./oversized.ts";
import { slowRetained } from "./slow_retained.ts";

export const ATTACKS: readonly Attack[] = [
  nothing,
  connectReset,
  guessing,
  loginNames,
  loginFlood,
  losingSessions,
  slowRetained,
  oversized,
];
