/** Every sequence of the suite, in the order of the standard. */
import type { Sequence } from "../sequence.ts";
import { STRINGS } from "./s1_5_strings.ts";
import { HEADERS } from "./s2_headers.ts";
import { CONNECT } from "./s3_1_connect.ts";
import { CONNECT_FIELDS } from "./s3_1_fields.ts";
import { KEEP_ALIVE } from "./s3_1_keep_alive.ts";
import { LOGIN } from "./s3_1_login.ts";
import { SESSIONS } from "./s3_1_sessions.ts";
import { TAKEOVER } from "./s3_1_takeover.ts";
import { WILLS } from "./s3_1_wills.ts";
import { PUBLISH } from "./s3_3_publish.ts";
import { RETAINED } from "./s3_3_retained.ts";
import { SUBSCRIBE } from "./s3_8_subscribe.ts";
import { UNSUBSCRIBE } from "./s3_10_unsubscribe.ts";
import { EXCHANGES } from "./s4_3_exchanges.ts";
import { AGAIN } from "./s4_4_again.ts";
import { ORDER } from "./s4_6_order.ts";
import { TOPICS } from "./s4_7_topics.ts";
import { WEBSOCKET } from "./s6_websocket.ts";

/** All sequences. */
export const SEQUENCES: readonly Sequence[] = [
  ...STRINGS,
  ...HEADERS,
  ...CONNECT,
  ...CONNECT_FIELDS,
  ...LOGIN,
  ...SESSIONS,
  ...TAKEOVER,
  ...WILLS,
  ...KEEP_ALIVE,
  ...PUBLISH,
  ...RETAINED,
  ...SUBSCRIBE,
  ...UNSUBSCRIBE,
  ...EXCHANGES,
  ...AGAIN,
  ...ORDER,
  ...TOPICS,
  ...WEBSOCKET,
];
