/** What is tried with every library of MQTT 5: how its connections begin, end, and come back. */
import { assert, assertEquals } from "@std/assert";
import type { Message5 } from "./agent.ts";
import type { Stage } from "./stage.ts";
import type { Scenario5 } from "./scenario.ts";

export const CONNECTION_SCENARIOS: readonly Scenario5[] = [
  { title: "a client without an id is given one", run: assigned },
  { title: "a session ends when its expiry is over", only: "midge", run: sessionExpiry },
  { title: "a will waits for its delay", run: willDelay },
  { title: "a will has its properties", run: willProperties },
  { title: "no will comes when its session is back in time", run: willCancelled },
  { title: "DISCONNECT with will publishes it", run: willOnDisconnect },
  { title: "the one taken over is told so by 0x8e", only: "midge", run: takenOver },
  { title: "a stopping broker says so by 0x8b", only: "midge", run: shuttingDown },
  { title: "a small receive maximum holds nothing up", run: receiveMaximum },
  { title: "topic aliases of the client shorten what it sends", run: aliasesUp },
  {
    title: "topic aliases of the broker shorten what it sends",
    only: "midge",
    run: aliasesDown,
  },
  { title: "a lost connection comes back with its session", run: reconnect },
];

/** Many times this is what aliases save. */
const LONG_NAME = "long/".repeat(50) + "topic";
const MANY = 12;

async function assigned(stage: Stage): Promise<void> {
  const agent = stage.agent();
  const answer = await agent.connect({ ...stage.options("none"), clientId: "" });
  assert((answer.assigned ?? "").length > 0, "there is no assigned client identifier");
  await agent.leave();
}

async function sessionExpiry(stage: Stage): Promise<void> {
  const options = { sessionExpiry: 60, cleanStart: false };
  for (const [seconds, isPresent] of [[59, true], [61, false]] as const) {
    const before = await stage.client("mortal", options);
    await stage.vanish(before, "mortal");
    await stage.elapse(seconds);
    const after = stage.agent();
    const { sessionPresent } = await after.connect(stage.options("mortal", options));
    assertEquals(sessionPresent, isPresent);
    await stage.vanish(after, "mortal");
  }
}

function will(stage: Stage, delay: number): Message5 & { delay: number } {
  return { ...stage.message("will", "gone", { userProperties: [["b", "1"], ["a", "2"]] }), delay };
}

async function willDelay(stage: Stage): Promise<void> {
  const witness = await stage.client("witness");
  await witness.subscribe([{ filter: stage.name("#"), qos: 1 }]);
  const { delay, ...message } = will(stage, 2);
  const doomed = await stage.client("doomed", { sessionExpiry: 60, will: { ...message, delay } });
  await stage.vanish(doomed, "doomed");
  await witness.publish(stage.message("fence", "before"));
  assertEquals((await witness.next()).payload, "before");
  await stage.elapse(3);
  assertEquals(await witness.next(), message);
}

async function willProperties(stage: Stage): Promise<void> {
  const witness = await stage.client("witness");
  await witness.subscribe([{ filter: stage.name("#"), qos: 1 }]);
  const { delay, ...message } = {
    ...will(stage, 0),
    payloadFormat: 1,
    contentType: "text/plain",
    responseTopic: "answers",
    correlationData: "will",
  };
  const doomed = await stage.client("doomed", { will: { ...message, expiry: 500, delay } });
  await stage.vanish(doomed, "doomed");
  const { expiry, ...got } = await witness.next();
  assertEquals(got, message);
  assert(expiry !== undefined && expiry > 480, `${expiry} s`);
}

async function willCancelled(stage: Stage): Promise<void> {
  const witness = await stage.client("witness");
  await witness.subscribe([{ filter: stage.name("#"), qos: 1 }]);
  const options = { sessionExpiry: 60, cleanStart: false, will: will(stage, 2) };
  const doomed = await stage.client("back", options);
  await stage.vanish(doomed, "back");
  const again = await stage.client("back", options);
  await stage.elapse(4);
  await again.leave();
  await witness.publish(stage.message("fence", "fence"));
  assertEquals((await witness.next()).payload, "fence");
}

async function willOnDisconnect(stage: Stage): Promise<void> {
  const witness = await stage.client("witness");
  await witness.subscribe([{ filter: stage.name("#"), qos: 1 }]);
  const leaving = await stage.client("leaving", { will: will(stage, 0) });
  await leaving.leave(4);
  assertEquals((await witness.next()).payload, "gone");
}

async function takenOver(stage: Stage): Promise<void> {
  const first = await stage.client("twin");
  const second = await stage.client("twin");
  assertEquals((await first.event()).reason, 0x8e);
  await second.leave();
}

async function shuttingDown(stage: Stage): Promise<void> {
  const client = await stage.client("client");
  await stage.stop();
  assertEquals((await client.event()).reason, 0x8b);
}

async function receiveMaximum(stage: Stage): Promise<void> {
  const listener = await stage.client("listener", { receiveMaximum: 2 });
  await listener.subscribe([{ filter: stage.name("#"), qos: 2 }]);
  const publisher = await stage.client("publisher");
  const messages = Array.from(
    { length: MANY },
    (_, at) => stage.message("m", `${at}`, { qos: 2 }),
  );
  for (const message of messages) await publisher.publish(message);
  for (const message of messages) assertEquals(await listener.next(), message);
}

async function aliasesUp(stage: Stage): Promise<void> {
  const listener = await stage.client("listener");
  await listener.subscribe([{ filter: stage.name("#"), qos: 1 }]);
  const proxy = stage.proxy();
  const publisher = await stage.client("publisher", { port: proxy.port });
  for (let at = 0; at < MANY; at++) {
    await publisher.publish(stage.message(LONG_NAME, `${at}`), 1);
  }
  for (let at = 0; at < MANY; at++) {
    assertEquals(await listener.next(), stage.message(LONG_NAME, `${at}`));
  }
  assertShort(proxy.carried.up);
}

async function aliasesDown(stage: Stage): Promise<void> {
  const proxy = stage.proxy();
  const listener = await stage.client("listener", { topicAliasMaximum: 5, port: proxy.port });
  await listener.subscribe([{ filter: stage.name("#"), qos: 1 }]);
  const publisher = await stage.client("publisher");
  for (let at = 0; at < MANY; at++) await publisher.publish(stage.message(LONG_NAME, `${at}`));
  for (let at = 0; at < MANY; at++) {
    assertEquals(await listener.next(), stage.message(LONG_NAME, `${at}`));
  }
  assertShort(proxy.carried.down);
}

/** Aliases by use need a few long ones first. */
function assertShort(bytes: number): void {
  assert(bytes < MANY / 2 * LONG_NAME.length, `${bytes} bytes went through`);
}

async function reconnect(stage: Stage): Promise<void> {
  const proxy = stage.proxy();
  const options = { port: proxy.port, sessionExpiry: 3600, cleanStart: false, reconnect: true };
  const client = await stage.client("client", options);
  await client.subscribe([{ filter: stage.name("q"), qos: 1 }]);
  proxy.cutAll();
  assertEquals((await client.event()).sessionPresent, true);
  const publisher = await stage.client("publisher");
  await publisher.publish(stage.message("q", "still there"));
  assertEquals((await client.next()).payload, "still there");
  assertEquals((await client.publish(stage.message("q", "own"))).reason ?? 0, 0);
  assertEquals((await client.next()).payload, "own");
}
