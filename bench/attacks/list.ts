/** All attacks, in the order of docs/RELIABILITY.md; those of MQTT 5 are the last. */
import type { Attack } from "./attack.ts";
import { burst } from "./burst.ts";
import { connectReset } from "./connect_reset.ts";
import { deep } from "./deep.ts";
import { hugeFrame, hugeHeader } from "./endless.ts";
import { filters } from "./filters.ts";
import { greeting } from "./greeting.ts";
import { groups } from "./groups.ts";
import { guessing } from "./guessing.ts";
import { tlsHandshakes, wsHandshakes, wssHandshakes } from "./handshakes.ts";
import { hoard } from "./hoard.ts";
import { loginFlood } from "./login_flood.ts";
import { loginNames } from "./login_names.ts";
import { losingSessions } from "./losing_sessions.ts";
import { nothing } from "./nothing.ts";
import { oversized } from "./oversized.ts";
import { pattern } from "./pattern.ts";
import { retained } from "./retained.ts";
import { routes } from "./routes.ts";
import { slowRetained } from "./slow_retained.ts";
import {
  endlessProxy,
  halfOpen,
  longProxy,
  silentTls,
  slowConnect,
  slowHeader,
  slowTls,
} from "./slow_starts.ts";
import { stuck } from "./stuck.ts";
import { aliases } from "./v5/aliases.ts";
import { authLoop, goodbyes } from "./v5/endings.ts";
import { messageExpiry, sessionExpiry } from "./v5/expiries.ts";
import { identifiers } from "./v5/identifiers.ts";
import { narrow } from "./v5/narrow.ts";
import { userProperties } from "./v5/user_properties.ts";

export const ATTACKS: readonly Attack[] = [
  nothing,
  connectReset,
  loginNames,
  routes,
  deep,
  hoard,
  retained,
  greeting,
  losingSessions,
  filters,
  burst,
  groups,
  pattern,
  loginFlood,
  guessing,
  stuck,
  slowRetained,
  oversized,
  slowConnect,
  halfOpen,
  slowHeader,
  slowTls,
  silentTls,
  endlessProxy,
  longProxy,
  hugeHeader,
  hugeFrame,
  wsHandshakes,
  tlsHandshakes,
  wssHandshakes,
  userProperties,
  identifiers,
  aliases,
  messageExpiry,
  sessionExpiry,
  narrow,
  goodbyes,
  authLoop,
];
