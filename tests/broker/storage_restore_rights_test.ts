/** Who may have what, over a stop or a kill of the broker: owners of sessions, receive rules, members of groups, plugins. */
import { assert, assertEquals } from "@std/assert";
import type { Peer } from "../conformance/peer.ts";
import { ENDS, RestartedBroker } from "../support/restarted_broker.ts";

/** How CONNECT is answered. */
async function answered(it: RestartedBroker, username: string): Promise<string> {
  try {
    const { sessionPresent } = await it.keep(4, "c", { username, password: "x" });
    return sessionPresent ? "resumed" : "new";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

for (const end of ENDS) {
  Deno.test(`${end}: a session's owner is known: takeover same_user`, async () => {
    await using it = await RestartedBroker.start({ takeover: "same_user" });
    assertEquals(await answered(it, "ann"), "new");
    await it.restart(end);
    assertEquals(await answered(it, "bob"), "CONNECT was refused with 2");
    assertEquals(await answered(it, "ann"), "resumed");
  });

  Deno.test(`${end}: receive rules are asked about what waits, as the client's who is there`, async () => {
    const denied = new Set<string>();
    await using it = await RestartedBroker.start({}, {
      authorizeReceive: ({ topic }) => denied.has(topic) ? "deny" : "allow",
    });
    await it.away(4, "c", "t/+", 1);
    const publisher = await it.open(4, "p");
    for (const topic of ["t/a", "t/b"]) await publisher.publish(topic, topic, { qos: 1 });
    denied.add("t/a");
    await it.restart(end);
    const client = await it.keep(4, "c");
    await client.gets("t/b/1");
    await publisherOf(it).then((other) => other.publish("t/a", "later", { qos: 1 }));
    await client.nothing();
  });

  Deno.test(`${end}: what waits for a shared subscription goes to another member after the restart too`, async () => {
    await using it = await RestartedBroker.start();
    for (const name of ["a", "b"]) await it.away(4, name, "$share/g/t", 1);
    await (await it.open(4, "p")).publishAll("t", 1, ["0", "1", "2", "3"]);
    await it.restart(end);
    const b = await it.keep(4, "b");
    const before = await b.drain();
    assert(before.length < 4);
    await it.open(4, "a"); // ends the session
    const after = await b.drain();
    assertEquals([...before, ...after].map(({ payload }) => payload).sort(), ["0", "1", "2", "3"]);
  });

  Deno.test(`${end}: what a plugin retains before the storage is read is the newest, and is kept apart`, async () => {
    let payload = "first";
    await using it = await RestartedBroker.start({}, ({ publish }) => {
      if (payload !== "") publish({ topicName: "status", payload, retain: true, qos: 1 });
      return {};
    });
    await it.away(4, "c", "t", 1);
    const publisher = await it.open(4, "p");
    for (const one of ["0", "1", "2"]) await publisher.publish("t", one, { qos: 1 });
    payload = "second";
    await it.restart(end);
    const client = await it.keep(4, "c");
    await client.gets("0/1", "1/1", "2/1");
    await client.subscribed(["status", 1]);
    assertEquals((await client.take()).payload, "second");
    payload = "";
    await it.restart(end);
    const again = await it.keep(4, "c");
    assertEquals(await kept(again), ["second/1/r/dup"]);
    await again.subscribed(["status", 1]);
    await again.gets("second/1/r");
  });
}

function publisherOf(it: RestartedBroker): Promise<Peer> {
  return it.open(4, "other");
}

async function kept(peer: Peer): Promise<string[]> {
  await peer.ping();
  const messages = await peer.drain();
  return messages.map(({ payload, qos, retain, dup }) =>
    `${payload}/${qos}${retain ? "/r" : ""}${dup ? "/dup" : ""}`
  );
}
