/** What MQTT 3.1 has and 3.1.1 has not: a reserved byte in CONNACK, DUP beside PUBLISH. And usernames that are empty. */
import { assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import {
  connack,
  connect,
  packet,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  suback,
  subscribe,
  unsuback,
  unsubscribe,
} from "../support/raw_packets.ts";
import type { ClientView } from "../../mod.ts";

const MQTT31 = { name: "MQIsdp", level: 3 };
const DUP = 8;

function withDup(frame: Uint8Array): Uint8Array {
  return frame.with(0, frame[0]! | DUP);
}

Deno.test("CONNACK's first byte is 0, also for a session that is resumed", async () => {
  await using it = await ClockedBroker.start();
  for (const options of [MQTT31, MQTT31, {}]) {
    const raw = await it.dial();
    await raw.send(connect({ clientId: "c", cleanSession: false, ...options }));
    await raw.expect(connack(options !== MQTT31, 0));
    await raw.close();
  }
});

Deno.test("SUBSCRIBE, UNSUBSCRIBE and PUBREL may carry DUP", async () => {
  await using it = await ClockedBroker.start();
  const { raw } = await it.open("c", MQTT31);
  await raw.send(withDup(subscribe(1, ["t", 0])));
  await raw.expect(suback(1, 0));
  await raw.send(publish("u", "x", { qos: 2, id: 2 }), withDup(pubrel(2)));
  await raw.expect(pubrec(2), pubcomp(2));
  await raw.send(withDup(unsubscribe(3, "t")));
  await raw.expect(unsuback(3));
});

Deno.test("in 3.1.1 they may not, and in 3.1 no other packet may", async () => {
  await using it = await ClockedBroker.start();
  const frames = [subscribe(1, ["t", 0]), unsubscribe(3, "t"), pubrel(2)].map(withDup);
  for (const frame of frames) {
    const { raw } = await it.open("c");
    await raw.sendAnyway(frame);
    await raw.expectClosed();
  }
  for (
    const frame of [
      packet(0xc8),
      packet(0xe8),
      packet(0x48, 0, 1),
      packet(0x58, 0, 1),
      packet(0x80, 0, 1),
    ]
  ) {
    const { raw } = await it.open("c", MQTT31);
    await raw.sendAnyway(frame);
    await raw.expectClosed();
  }
});

for (const options of [MQTT31, {}, { level: 0x84 }]) {
  const version = `level ${"level" in options ? options.level : 4}`;

  Deno.test(`an empty username is none: anonymous where that is allowed (${version})`, async () => {
    const views: ClientView[] = [];
    await using it = await ClockedBroker.start({}, {
      clientConnected: ({ client }) => void views.push(client),
    });
    await it.open("c", { username: "", password: "x", ...options });
    const [{ username, anonymous }] = views as [ClientView];
    assertEquals([username, anonymous], [undefined, true]);
  });

  Deno.test(`an empty username is none: refused with 5 where it is not (${version})`, async () => {
    await using it = await ClockedBroker.start({
      plugins: { auth_anonymous: { allow_anonymous: false } },
    });
    const raw = await it.dial();
    await raw.send(connect({ clientId: "c", username: "", password: "x", ...options }));
    await raw.expect(connack(false, 5));
    await raw.expectClosed();
  });
}

Deno.test("a source that gives an empty username gives none", async () => {
  const views: ClientView[] = [];
  await using it = await ClockedBroker.start({}, {
    authenticate: () => ({ result: "allow", username: "" }),
    clientConnected: ({ client }) => void views.push(client),
  });
  await it.open("c", { username: "alice" });
  assertEquals([views[0]?.username, views[0]?.anonymous], [undefined, true]);
});
