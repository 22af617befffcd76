/**
 * What is tried with every library of MQTT 5: its sessions, wills, messages and subscriptions. Invariant: that nothing more
 * arrives is shown by a later message that does.
 */
import { assertEquals } from "@std/assert";
import type { Agent5, Message5 } from "./agent.ts";
import type { Stage } from "./stage.ts";
import { CONNECTION_SCENARIOS } from "./connection_scenarios.ts";
import type { Scenario5 } from "./scenario.ts";

export const SCENARIOS5: readonly Scenario5[] = [
  { title: "every property of a message arrives as it was sent", run: properties },
  { title: "a session keeps its subscription and its queue", run: queued },
  { title: "a message expires while it waits, or comes with the time left", run: expiry },
  { title: "a retained message keeps its properties", run: retained },
  { title: "subscription identifiers come with what they match", run: identifiers },
  { title: "No Local, Retain As Published and Retain Handling hold", run: options },
  { title: "a request is answered by its response topic", run: request },
  { title: "a shared subscription gives each message to one member", run: shared },
  { title: "SUBACK, UNSUBACK and PUBACK tell their reasons", run: reasons },
  { title: "PUBACK tells that no one has subscribed", only: "midge", run: alone },
  { title: "SUBACK and PUBACK refuse with 0x87", only: "midge", run: deniedBy(1) },
  { title: "PUBREC refuses with 0x87", only: "midge", run: deniedBy(2) },
  ...CONNECTION_SCENARIOS,
];

/** Of real time, a broker may take this many. */
const SLOW_SECONDS = 20;

const FULL: Partial<Message5> = {
  payloadFormat: 1,
  expiry: 3600,
  contentType: "text/plain; charset=utf-8",
  responseTopic: "answers/here",
  correlationData: "request 1",
  userProperties: [["b", "first"], ["b", "second"], ["a", "third"], ["ü", "温度"]],
};

async function properties(stage: Stage): Promise<void> {
  const listener = await stage.client("listener");
  await listener.subscribe([{ filter: stage.name("#"), qos: 2 }]);
  const publisher = await stage.client("publisher", { userProperties: [["who", "the publisher"]] });
  for (const qos of [0, 1, 2]) {
    const full = stage.message("full", `number ${qos}`, { ...FULL, qos });
    const bare = stage.message("bare", `number ${qos}`, { qos });
    for (const message of [full, bare]) {
      assertEquals(await published(publisher, message), 0);
      await assertArrives(listener, message);
    }
  }
  await publisher.leave();
  await listener.leave();
}

async function queued(stage: Stage): Promise<void> {
  const options = { sessionExpiry: 3600, cleanStart: false };
  const before = await stage.client("sleeper", options);
  await before.subscribe([{ filter: stage.name("q"), qos: 2 }]);
  await before.leave();
  const publisher = await stage.client("publisher");
  const missed = [1, 2].map((qos) => stage.message("q", `missed ${qos}`, { ...FULL, qos }));
  for (const message of missed) await publisher.publish(message);
  const after = stage.agent();
  const { sessionPresent } = await after.connect(stage.options("sleeper", options));
  assertEquals(sessionPresent, true);
  for (const message of missed) await assertArrives(after, message);
  await after.leave();
}

async function expiry(stage: Stage): Promise<void> {
  const options = { sessionExpiry: 3600, cleanStart: false };
  const before = await stage.client("sleeper", options);
  await before.subscribe([{ filter: stage.name("q"), qos: 1 }]);
  await before.leave();
  const publisher = await stage.client("publisher");
  await publisher.publish(stage.message("q", "too late", { expiry: 1 }));
  await publisher.publish(stage.message("q", "in time", { expiry: 100 }));
  await publisher.publish(stage.message("kept", "too late", { expiry: 1, retain: true }));
  await stage.elapse(3);
  const after = await stage.client("sleeper", options);
  await after.subscribe([{ filter: stage.name("kept"), qos: 1 }]);
  const { payload, expiry = 0 } = await after.next();
  assertEquals([payload, Math.abs(expiry - 97) <= 1], ["in time", true], `${expiry} s are left`);
  await assertNothing(stage, publisher, after, "q");
}

async function retained(stage: Stage): Promise<void> {
  const publisher = await stage.client("publisher");
  const message = stage.message("kept", "x", { ...FULL, retain: true });
  await publisher.publish(message);
  const late = await stage.client("late");
  await late.subscribe([{ filter: stage.name("kept"), qos: 1 }]);
  await assertArrives(late, message);
  await publisher.publish(stage.message("kept", "", { retain: true }));
  assertEquals((await late.next()).payload, "");
}

async function identifiers(stage: Stage): Promise<void> {
  const listener = await stage.client("listener");
  await listener.subscribe([{ filter: stage.name("a/+"), qos: 1 }], 268_435_455);
  await listener.subscribe([{ filter: stage.name("c"), qos: 1 }], 1);
  await listener.subscribe([{ filter: stage.name("d"), qos: 1 }]);
  const publisher = await stage.client("publisher");
  for (const name of ["a/b", "c", "d"]) await publisher.publish(stage.message(name, name));
  const got = [await listener.next(), await listener.next(), await listener.next()];
  assertEquals(got.map(({ identifiers }) => identifiers), [[268_435_455], [1], undefined]);
  await publisher.publish(stage.message("a/kept", "kept", { retain: true }));
  assertEquals((await listener.next()).identifiers, [268_435_455]);
  await listener.subscribe([{ filter: stage.name("a/+"), qos: 1 }], 2);
  assertEquals((await listener.next()).identifiers, [2]);
  await publisher.publish(stage.message("a/kept", "", { retain: true }));
}

async function options(stage: Stage): Promise<void> {
  const publisher = await stage.client("publisher");
  await publisher.publish(stage.message("kept", "first", { retain: true }));
  const one = await stage.client("one");
  const filter = { filter: stage.name("kept"), qos: 1, retainAsPublished: true };
  // Retain Handling 2: none; 1: only for a new subscription; 0: always.
  await one.subscribe([{ ...filter, retainHandling: 2 }]);
  await one.subscribe([{ ...filter, retainHandling: 1 }]);
  await publisher.publish(stage.message("kept", "second", { retain: true }));
  assertEquals(await seen(one), "second/r");
  await one.subscribe([{ ...filter, retainHandling: 0 }]);
  assertEquals(await seen(one), "second/r");
  const two = await stage.client("two");
  await two.subscribe([{ filter: filter.filter, qos: 1, retainHandling: 1, noLocal: true }]);
  assertEquals(await seen(two), "second/r");
  await two.publish(stage.message("kept", "own", { retain: true }));
  await publisher.publish(stage.message("kept", "", { retain: true }));
  assertEquals(await seen(two), "");
}

async function request(stage: Stage): Promise<void> {
  const [asking, answering] = [await stage.client("asking"), await stage.client("answering")];
  await asking.subscribe([{ filter: stage.name("answers/asking"), qos: 1 }]);
  await answering.subscribe([{ filter: stage.name("questions"), qos: 1 }]);
  const responseTopic = stage.name("answers/asking");
  const question = { responseTopic, correlationData: "17" };
  await asking.publish(stage.message("questions", "how much?", question));
  const asked = await answering.next();
  const answer = { topic: asked.responseTopic!, payload: "42", qos: 1, retain: false };
  await answering.publish({ ...answer, correlationData: asked.correlationData! });
  assertEquals(await asking.next(), { ...answer, correlationData: "17" });
}

async function shared(stage: Stage): Promise<void> {
  const members = [await stage.client("a"), await stage.client("b")] as const;
  for (const member of members) {
    await member.subscribe([{ filter: `$share/group/${stage.name("job")}`, qos: 1 }]);
    await member.subscribe([{ filter: stage.name("end"), qos: 1 }]);
  }
  const publisher = await stage.client("publisher");
  const jobs = Array.from({ length: 12 }, (_, at) => `job ${at + 10}`);
  for (const job of jobs) await publisher.publish(stage.message("job", job));
  await publisher.publish(stage.message("end", "end"));
  const got = [await untilEnd(members[0]), await untilEnd(members[1])];
  assertEquals(got.flat().sort(), jobs);
  assertEquals(got.some((one) => one.length === 0), false, "one member got all");
}

async function reasons(stage: Stage): Promise<void> {
  const client = await stage.client("client");
  const filters = [0, 1, 2].map((qos) => ({ filter: stage.name(`granted/${qos}`), qos }));
  assertEquals((await client.subscribe(filters)).reasons, [0, 1, 2]);
  const unsubscribed = await client.unsubscribe(stage.name("granted/0"), stage.name("never"));
  assertEquals(unsubscribed.reasons, [0, 0x11]);
  for (const qos of [1, 2]) {
    assertEquals(await published(client, stage.message("granted/1", "x", { qos })), 0);
  }
}

async function alone(stage: Stage): Promise<void> {
  const client = await stage.client("client");
  // Of QoS 2 most libraries tell the reason of PUBCOMP.
  assertEquals(await published(client, stage.message("alone", "x")), 0x10);
}

function deniedBy(qos: number): Scenario5["run"] {
  return async (stage) => {
    const client = await stage.client("client");
    const filters = ["unread/a", stage.name("a")].map((filter) => ({ filter, qos }));
    assertEquals((await client.subscribe(filters)).reasons, [0x87, qos]);
    const refused = { ...stage.message("a", "x", { qos }), topic: "unwritten/a" };
    assertEquals(await published(client, refused), 0x87);
    const message = stage.message("a", "after it", { qos });
    assertEquals(await published(client, message), 0);
    assertEquals(await client.next(), message);
  };
}

/** The next message is this one; of its expiry some seconds may have gone by. */
async function assertArrives(client: Agent5, { expiry: given, ...message }: Message5) {
  const { expiry, ...got } = await client.next();
  assertEquals(got, message);
  assertEquals(expiry === undefined, given === undefined);
  if (expiry === undefined || given === undefined) return;
  assertEquals(expiry <= given && expiry >= given - SLOW_SECONDS, true, `${expiry} s`);
}

/** The reason that came back. */
async function published(client: Agent5, message: Message5): Promise<number> {
  return (await client.publish(message)).reason ?? 0;
}

/** The next message as `payload`, with `/r` where RETAIN is set. */
async function seen(client: Agent5): Promise<string> {
  const { payload, retain } = await client.next();
  return `${payload}${retain ? "/r" : ""}`;
}

/** What comes next to `client` is what is sent now. */
async function assertNothing(stage: Stage, publisher: Agent5, client: Agent5, name: string) {
  await publisher.publish(stage.message(name, "end"));
  assertEquals((await client.next()).payload, "end");
}

async function untilEnd(client: Agent5): Promise<string[]> {
  const payloads: string[] = [];
  for (;;) {
    const { payload } = await client.next();
    if (payload === "end") return payloads;
    payloads.push(payload);
  }
}
