/** What `midge ctl status` prints, line by line. */
import { assertEquals } from "@std/assert";
import type { ResultOf } from "../../../lib/manage/commands.ts";
import { statusLines } from "../../../lib/cli/ctl/text.ts";

const NO_ANSWERS = {
  allow: 0,
  deny: 0,
  ignore: 0,
  error: 0,
  cacheHits: 0,
  microseconds: 0,
  worstMicroseconds: 0,
};

const METRICS = {
  clientsConnected: 1,
  clientsMaximum: 2,
  clientsDisconnected: 3,
  publishReceived: 4,
  publishSent: 5,
  messagesQueued: 6,
  messagesDropped: { "queue full": 3, denied: 4 },
  retainedCount: 8,
  bytesReceived: 9,
  bytesSent: 10,
  subscriptionsCount: 11,
  packetsReceived: 12,
  packetsSent: 13,
  inflightIn: 14,
  inflightOut: 15,
  connectionsClosed: { "keep alive": 1 },
  connectionsRefused: {},
};

const REPORT: ResultOf<"status"> = {
  version: "1.2.3",
  pid: 42,
  config: null,
  uptimeSeconds: 90_061,
  listeners: [{ name: "default", type: "tcp", address: "0.0.0.0:1883", port: 1883 }],
  plugins: ["http", "acl_file"],
  metrics: METRICS,
};

const GENERAL = [
  "midge 1.2.3, process 42, up 1 d 1 h",
  "config      built in",
  "listener    default: tcp 0.0.0.0:1883",
  "plugins     http, acl_file",
  "clients     1 connected, 2 at most so far, 3 sessions without a connection",
  "messages    4 in, 5 out, 6 queued, 7 dropped, 8 retained",
  "traffic     9 bytes in, 10 bytes out",
  "subscribed  11 subscriptions",
];

Deno.test("status: the numbers of a broker, a line for each thing", () => {
  assertEquals(statusLines(REPORT), GENERAL);
});

Deno.test("status: how access was decided, by source and question, and how servers are", () => {
  const access = {
    cacheHits: 16,
    cacheMisses: 17,
    sources: [
      {
        source: "http",
        question: "authenticate",
        counts: {
          allow: 1,
          deny: 2,
          ignore: 3,
          error: 4,
          cacheHits: 0,
          microseconds: 12_345,
          worstMicroseconds: 6789,
        },
      },
      { source: "acl_file", question: "receive", counts: { ...NO_ANSWERS, allow: 5 } },
    ],
    health: [
      {
        source: "http",
        health: { state: "down", since: 0, lastError: "refused", answered: 1, failed: 2 },
      },
      {
        source: "redis",
        health: { state: "up", since: 0, lastError: undefined, answered: 1, failed: 0 },
      },
    ],
  } as const;
  assertEquals(statusLines({ ...REPORT, metrics: { ...METRICS, access } }), [
    ...GENERAL,
    "acl cache   16 hits, 17 misses",
    "source      http authenticate: 1 allow, 2 deny, 3 no opinion, 4 failed, 0 from the cache; " +
    "1.234 ms each, 6.789 at worst",
    "source      acl_file receive: 5 allow, 0 deny, 0 no opinion, 0 failed, 0 from the cache",
    "server      http: down since 1970-01-01T00:00:00.000Z; 2 failures, the last: refused",
    "server      redis: up since 1970-01-01T00:00:00.000Z",
  ]);
});
