/** What the fuzzer takes for a fault of the broker: in its log, and in what stays behind. */
import { assertEquals } from "@std/assert";
import { type Counted, faultsIn, leftBehind } from "./judge.ts";

const TIME = "2026-11-22T03:14:15.123Z";

Deno.test("lines that clients cause are no findings", () => {
  assertEquals(
    faultsIn([
      `${TIME} info    midge.broker: a@127.0.0.1:5 closed: malformed packet`,
      `${TIME} warning midge.broker: 3 more lines about closed connections`,
      `${TIME} debug   midge.plugin.x: y`,
      "",
    ]),
    [],
  );
});

Deno.test("errors, faults and what is no log line at all are findings", () => {
  const lines = [
    `${TIME} error   midge.broker: unhandled rejection: x is not a function; serving goes on`,
    `${TIME} error   midge.broker: a closed: a fault of the broker: x`,
    `${TIME} info    midge.broker: unhandled error: x`,
    "error: Uncaught (in promise) TypeError: x is undefined",
    "    at serve (lib/net/connection.ts:1:1)",
    "<--- Last few GCs --->",
  ];
  assertEquals(faultsIn(lines), lines.map((line) => `the log: ${line}`));
});

const BEFORE: Counted = { metrics: { clientsConnected: 2 }, resident: 60e6, descriptors: 20 };

Deno.test("a broker that is as it was before has nothing left behind", () => {
  const after = { ...BEFORE, resident: 110e6, descriptors: 21 };
  assertEquals(leftBehind(BEFORE, BEFORE), []);
  assertEquals(leftBehind(BEFORE, after), []);
});

Deno.test("clients, sessions, exchanges, messages, sockets and memory that stay are findings", () => {
  const metrics = {
    clientsConnected: 3,
    clientsDisconnected: 1,
    inflightIn: 1,
    inflightOut: 1,
    messagesQueued: 1,
  };
  const after = { metrics, resident: 400e6, descriptors: 24 };
  assertEquals(leftBehind(BEFORE, after), [
    "left behind: 3 clients, expected at most 2",
    "left behind: 1 sessions without a connection, expected at most 0",
    "left behind: 1 exchanges from clients, expected at most 0",
    "left behind: 1 exchanges to clients, expected at most 0",
    "left behind: 1 queued messages, expected at most 0",
    "left behind: 24 open descriptors, expected at most 23",
    "left behind: 340 MB of memory, expected at most 160",
  ]);
});
