/** Every sequence for Midge's client. */
import type { ClientSequence } from "../sequence.ts";
import { CONNECTING } from "./c3_connect.ts";
import { REQUESTS } from "./c3_requests.ts";
import { PUBLISHING } from "./c4_publishing.ts";
import { RECEIVING } from "./c4_receiving.ts";
import { WEBSOCKET } from "./c6_websocket.ts";

/** All sequences. */
export const CLIENT_SEQUENCES: readonly ClientSequence[] = [
  ...CONNECTING,
  ...REQUESTS,
  ...PUBLISHING,
  ...RECEIVING,
  ...WEBSOCKET,
];
