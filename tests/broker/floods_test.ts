/** The log under floods: whatever a client does a thousand times, with names of 64 KB, the log stays small. */
import { assert, assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { connect, publish } from "../support/raw_packets.ts";
import { turn, until } from "../support/until.ts";

const LONG = "x".repeat(60_000);
const TIMES = 300;

/** What the log got from a flood, once its second is over: few lines, short ones, and the number of the others. */
async function assertSmall(it: ClockedBroker, withheld: string): Promise<void> {
  await turn();
  it.clock.advance(1000);
  const last = it.logged("were not logged");
  assertEquals(it.log.length - last.length <= 40, true, `${it.log.length} lines`);
  assert(Math.max(...it.log.map((line) => line.length)) < 1000, "a long line");
  assert(last.some((line) => line.includes(withheld)), `${last}`);
}

Deno.test("refused logins", async () => {
  await using it = await ClockedBroker.start({ plugins: { event_logger: null } }, {
    authenticate: ({ client }) => ({
      result: "deny",
      returnCode: 3,
      because: client.clientId.slice(9),
    }),
  });
  for (let i = 0; i < TIMES; i++) {
    const client = await it.dial();
    await client.send(connect({ clientId: `${LONG}${i}`, username: LONG }));
    await client.readToEnd();
  }
  await assertSmall(it, `${TIMES - 20} more refusals`);
});

Deno.test("packets that are none", async () => {
  await using it = await ClockedBroker.start({ max_client_id_length: 65_535 });
  for (let i = 0; i < TIMES; i++) {
    const client = await it.dial();
    await client.send(connect({ clientId: `${LONG}${i}` }));
    await client.sendAnyway(Uint8Array.of(0xf0, 0));
    await client.readToEnd();
  }
  await assertSmall(it, `${TIMES - 20} more closed connections`);
});

Deno.test("clients that come and go, with the logger of events", async () => {
  await using it = await ClockedBroker.start({
    max_client_id_length: 65_535,
    plugins: { event_logger: null },
  });
  for (let i = 0; i < TIMES; i++) {
    const client = await it.dial();
    await client.send(connect({ clientId: `${LONG}${i}`, username: LONG }), Uint8Array.of(0xe0, 0));
    await client.readToEnd();
  }
  await assertSmall(it, `${2 * TIMES - 20} more clients that came or went`);
});

Deno.test("hooks that fail", async () => {
  await using it = await ClockedBroker.start({}, {
    messageReceived: ({ message }) => {
      throw new Error(`no room for ${message.topicName}`);
    },
    authorize: ({ topic }) => {
      throw new Error(`no rule for ${topic}`);
    },
  });
  const client = await it.open("c");
  for (let i = 0; i < TIMES; i++) await client.raw.send(publish(`${i}${LONG}`.slice(0, 200), "x"));
  await client.ping();
  await assertSmall(it, "more lines");
});

Deno.test("sessions that lose messages, more than ever were remembered", async () => {
  await using it = await ClockedBroker.start({ max_queued_messages: 1 });
  const SESSIONS = 1100;
  for (let i = 0; i < SESSIONS; i++) {
    const reader = await it.keep(`${i}reader`);
    await reader.subscribed(["t", 1]);
    await reader.disconnect();
  }
  await until(() => it.broker.metrics.clientsConnected === 0, "all are away");
  for (let i = 0; i < 20; i++) it.broker.publish({ topicName: "t", payload: "x", qos: 1 });
  await assertSmall(it, `${SESSIONS - 20} more clients that lose messages`);
});
