/** Every sequence for Midge's client in MQTT 5. */
import type { ClientSequence } from "../sequence.ts";
import { CONNECTING_5 } from "./c3_connect.ts";
import { LIMITS_5 } from "./c3_limits.ts";
import { AUTH_5 } from "./c4_auth.ts";
import { MESSAGES_5 } from "./c4_messages.ts";

/** All sequences. */
export const CLIENT_SEQUENCES_5: readonly ClientSequence[] = [
  ...CONNECTING_5,
  ...LIMITS_5,
  ...MESSAGES_5,
  ...AUTH_5,
];
