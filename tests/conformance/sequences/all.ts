/** Every sequence of the suite, in the order of the standard. */
import type { Sequence } from "../sequence.ts";
import { STRINGS } from "./s1_strings.ts";
import { HEADERS } from "./s2_headers.ts";
import { CONNECT } from "./s31_connect.ts";
import { SESSIONS } from "./s312_sessions.ts";
import { WILLS } from "./s313_wills.ts";

/** All sequences. */
export const SEQUENCES: readonly Sequence[] = [
  ...STRINGS,
  ...HEADERS,
  ...CONNECT,
  ...SESSIONS,
  ...WILLS,
];
