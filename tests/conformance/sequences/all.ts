/** Every sequence of the suite, in the order of the standard. */
import type { Sequence } from "../sequence.ts";
import { STRINGS } from "./s1_strings.ts";
import { HEADERS } from "./s2_headers.ts";
import { CONNECT } from "./s31_connect.ts";
import { SESSIONS } from "./s312_sessions.ts";
import { WILLS } from "./s313_wills.ts";
import { PUBLISH } from "./s33_publish.ts";
import { REQUESTS } from "./s38_subscribe.ts";
import { BEHAVIOUR } from "./s4_behaviour.ts";
import { WEBSOCKET } from "./s6_websocket.ts";

/** All sequences. */
export const SEQUENCES: readonly Sequence[] = [
  ...STRINGS,
  ...HEADERS,
  ...CONNECT,
  ...SESSIONS,
  ...WILLS,
  ...PUBLISH,
  ...REQUESTS,
  ...BEHAVIOUR,
  ...WEBSOCKET,
];
