/** Every sequence of the suite of MQTT 5, in the order of the standard. */
import { inVersion5 } from "../renumbered.ts";
import type { Sequence } from "../sequence.ts";
import { KEEP_ALIVE } from "../sequences/s3_1_keep_alive.ts";
import { SESSIONS } from "../sequences/s3_1_sessions.ts";
import { TAKEOVER } from "../sequences/s3_1_takeover.ts";
import { WILLS } from "../sequences/s3_1_wills.ts";
import { OVERLAPPING } from "../sequences/s3_3_publish.ts";
import { RETAINED } from "../sequences/s3_3_retained.ts";
import { SUBSCRIBED } from "../sequences/s3_8_subscribe.ts";
import { UNSUBSCRIBED } from "../sequences/s3_10_unsubscribe.ts";
import { AGAIN } from "../sequences/s4_4_again.ts";
import { ORDER } from "../sequences/s4_6_order.ts";
import { TOPICS } from "../sequences/s4_7_topics.ts";

import { STRINGS_5 } from "./s1_5_strings.ts";
import { HEADERS_5 } from "./s2_headers.ts";
import { PROPERTIES } from "./s2_properties.ts";
import { CONNECT_5 } from "./s3_1_connect.ts";
import { SESSIONS_5 } from "./s3_1_sessions.ts";
import { WILLS_5 } from "./s3_1_wills.ts";
import { LIMITS } from "./s3_2_limits.ts";
import { ALIASES } from "./s3_3_aliases.ts";
import { PUBLISH_5 } from "./s3_3_publish.ts";
import { SUBSCRIBE_5 } from "./s3_8_subscribe.ts";
import { AUTH } from "./s4_12_auth.ts";
import { SHARED } from "./s4_8_shared.ts";
import { FLOW } from "./s4_9_flow.ts";
import { WEBSOCKET_5 } from "./s6_websocket.ts";
import { MIXED } from "./mixed.ts";

/** What 3.1.1 asks as well. */
const AS_IN_3_1_1: readonly Sequence[] = [
  ...SESSIONS,
  ...TAKEOVER,
  ...WILLS,
  ...KEEP_ALIVE,
  ...RETAINED,
  ...OVERLAPPING,
  ...SUBSCRIBED,
  ...UNSUBSCRIBED,
  ...AGAIN,
  ...ORDER,
  ...TOPICS,
].map(inVersion5);

/** All sequences. */
export const SEQUENCES_5: readonly Sequence[] = [
  ...AS_IN_3_1_1,
  ...STRINGS_5,
  ...HEADERS_5,
  ...PROPERTIES,
  ...CONNECT_5,
  ...SESSIONS_5,
  ...WILLS_5,
  ...LIMITS,
  ...PUBLISH_5,
  ...ALIASES,
  ...SUBSCRIBE_5,
  ...SHARED,
  ...FLOW,
  ...AUTH,
  ...MIXED,
  ...WEBSOCKET_5,
];
