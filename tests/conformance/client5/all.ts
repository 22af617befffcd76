/** Every sequence for Midge's client in MQTT 5. */
import type { ClientSequence } from "../sequence.ts";

/** All sequences. */
export const CLIENT_SEQUENCES_5: readonly ClientSequence[] = [];
