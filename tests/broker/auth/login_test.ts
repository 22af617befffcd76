/** Enhanced authentication at CONNECT, section 4.12: packets of each kind, and what they are answered. */
import { assertEquals, assertMatch } from "@std/assert";
import { ClockedBroker, testConfig } from "../../support/clocked_broker.ts";
import { inlinePlugin } from "../../support/inline_registry.ts";
import type { RawClient } from "../../support/raw_client.ts";
import { PINGREQ } from "../../support/raw_packets.ts";
import { auth5, connect5, disconnect5, publish5 } from "../../support/raw_packets5.ts";
import { until } from "../../support/until.ts";
import { type Asked, begin, counting, goOn, METHOD, said } from "./support.ts";

/** The reason code of the CONNACK that ends the connection, and the data of it. */
async function refusal(raw: RawClient): Promise<[code: number, data: string]> {
  const connack = await raw.expect5("CONNACK");
  await raw.expectClosed();
  return [connack.reasonCode, said(connack)];
}

Deno.test("AUTH goes both ways any number of steps; CONNACK has method and data [MQTT-4.12.0-5]", async () => {
  const asked: Asked[] = [];
  await using it = await ClockedBroker.start({}, counting(asked));
  const raw = await it.dial();
  await raw.send(begin("again"));
  for (const step of [1, 2, 3]) {
    const auth = await raw.expect5("AUTH");
    assertEquals([auth.reasonCode, said(auth)], [0x18, `COUNT step ${step}`]);
    await raw.send(goOn(step < 3 ? "again" : "user alice"));
  }
  const connack = await raw.expect5("CONNACK");
  assertEquals([connack.reasonCode, said(connack)], [0, "COUNT welcome"]);
  await raw.expectNothing();
  assertEquals(asked.map(({ data, step }) => [data, step]), [
    ["again", 0],
    ["again", 1],
    ["again", 2],
    ["user alice", 3],
  ]);
  assertEquals(new Set(asked.map(({ exchange }) => exchange)).size, 1);
  const [client] = it.broker.clients;
  assertEquals([client?.username, client?.superuser, client?.protocolLevel], [
    "alice",
    false,
    5,
  ]);
});

Deno.test("a method may need no AUTH; data may be absent", async () => {
  await using it = await ClockedBroker.start({}, counting());
  const raw = await it.dial();
  await raw.send(begin("root admin"));
  const connack = await raw.expect5("CONNACK");
  assertEquals([connack.reasonCode, said(connack)], [0, "COUNT undefined"]);
  const other = await it.dial();
  await other.send(begin(undefined, { clientId: "d" }));
  assertEquals(await refusal(other), [0x87, "COUNT no"]);
});

Deno.test("without a method there is none in CONNACK [MQTT-4.12.0-6], and no step is asked", async () => {
  const asked: Asked[] = [];
  await using it = await ClockedBroker.start({}, counting(asked));
  const raw = await it.dial();
  await raw.send(connect5({ clientId: "c" }));
  assertEquals(said(await raw.expect5("CONNACK")), "undefined undefined");
  assertEquals(asked, []);
});

Deno.test("an unknown method is refused with 0x8C [MQTT-4.12.0-1], and the log names the known ones", async () => {
  await using it = await ClockedBroker.start({}, counting());
  const raw = await it.dial();
  await raw.send(connect5({ properties: { authenticationMethod: "NTLM" } }));
  assertEquals(await refusal(raw), [0x8c, "undefined undefined"]);
  assertMatch(it.logged("refused").join(), /authentication method NTLM; known are COUNT/);
});

Deno.test("data without a method in CONNECT: 0x82", async () => {
  const asked: Asked[] = [];
  await using it = await ClockedBroker.start({}, counting(asked));
  const raw = await it.dial();
  await raw.send(connect5({ properties: { authenticationData: "x" } }));
  assertEquals([(await refusal(raw))[0], asked], [0x82, []]);
});

const OUT_OF_PLACE: [name: string, bytes: Uint8Array, code: number][] = [
  ["PUBLISH [MQTT-3.1.2-30]", publish5("a", "b"), 0x82],
  ["PINGREQ [MQTT-3.1.2-30]", PINGREQ, 0x82],
  ["a second CONNECT", begin("again"), 0x82],
  ["another method [MQTT-4.12.0-5]", goOn("user alice", 0x18, "OTHER"), 0x82],
  ["no method", goOn("user alice", 0x18, null), 0x82],
  ["re-authentication before CONNACK", goOn("user alice", 0x19), 0x82],
  ["success, which servers say", goOn("user alice", 0), 0x82],
  ["no packet", Uint8Array.of(0xf1, 0), 0x81],
];

for (const [name, bytes, code] of OUT_OF_PLACE) {
  Deno.test(`in the middle of an authentication ${name} ends it`, async () => {
    await using it = await ClockedBroker.start({}, counting());
    const raw = await it.dial();
    await raw.send(begin("again"));
    await raw.expect5("AUTH");
    await raw.send(bytes);
    assertEquals((await refusal(raw))[0], code);
    assertEquals(it.broker.metrics.clientsConnected, 0);
  });
}

Deno.test("DISCONNECT and the end of the connection give a login up, and disturb no one", async () => {
  await using it = await ClockedBroker.start({}, counting());
  for (const leave of ["disconnect", "close"] as const) {
    const raw = await it.dial();
    await raw.send(begin("again"));
    await raw.expect5("AUTH");
    if (leave === "close") await raw.close();
    else {
      await raw.send(disconnect5());
      await raw.expectClosed();
    }
  }
  const raw = await it.dial();
  await raw.send(begin("user alice"));
  assertEquals((await raw.expect5("CONNACK")).reasonCode, 0);
  assertEquals(it.logged("ERROR"), []);
});

Deno.test("what is wrong is refused with the source's data; a source that fails with 0x88", async () => {
  await using it = await ClockedBroker.start({}, counting());
  const answers: [words: string[], code: number][] = [
    [["again", "guess"], 0x87],
    [["throw"], 0x88],
    [["again", "throw"], 0x88],
    [["again", "late"], 0x88],
    [["late"], 0x8c],
  ];
  for (const [[first, ...rest], code] of answers) {
    const raw = await it.dial();
    await raw.send(begin(first));
    for (const word of rest) {
      await raw.expect5("AUTH");
      await raw.send(goOn(word));
    }
    assertEquals((await refusal(raw))[0], code, `${first} ${rest}`);
  }
});

Deno.test("an AUTH loop ends after 16 packets, with 0x97", async () => {
  const asked: Asked[] = [];
  await using it = await ClockedBroker.start({}, counting(asked));
  const raw = await it.dial();
  await raw.send(begin("again"));
  for (let i = 0; i < 16; i++) {
    await raw.expect5("AUTH");
    await raw.send(goOn("again"));
  }
  await raw.expect5("AUTH");
  await raw.send(goOn("again"));
  assertEquals((await refusal(raw))[0], 0x97);
  assertEquals(asked.length, 17);
});

Deno.test("AUTH packets are bounded in bytes, whatever stands in them", async () => {
  await using it = await ClockedBroker.start({}, counting());
  const raw = await it.dial();
  await raw.send(begin("again"));
  await raw.expect5("AUTH");
  await raw.sendAnyway(goOn("x".repeat(60_000)));
  assertEquals((await refusal(raw))[0], 0x87);
  const other = await it.dial();
  await other.send(begin("again"));
  await other.expect5("AUTH");
  const userProperties = Array.from({ length: 5 }, () => ["n", "v".repeat(60_000)]);
  const properties = {
    authenticationMethod: METHOD,
    authenticationData: "user alice",
    userProperties: userProperties as [string, string][],
  };
  await other.sendAnyway(auth5(0x18, properties));
  assertEquals((await refusal(other))[0], 0x97);
});

Deno.test("a client that is slow is refused after 30 s, with 0x87", async () => {
  await using it = await ClockedBroker.start({}, counting());
  const raw = await it.dial();
  await raw.send(begin("again"));
  await raw.expect5("AUTH");
  it.clock.advance(29_999);
  await raw.send(goOn("again"));
  await raw.expect5("AUTH");
  it.clock.advance(1);
  assertEquals((await refusal(raw))[0], 0x87);
  assertMatch(it.logged("refused").join(), /took the client more than 30 s/);
});

Deno.test("a source that is slow is refused for after 30 s, with 0x88, and its signal fires", async () => {
  let signal: AbortSignal | undefined;
  await using it = await ClockedBroker.start({}, {
    authenticateStep(request) {
      signal = request.signal;
      return new Promise(() => {});
    },
  });
  const raw = await it.dial();
  await raw.send(begin("x"));
  await until(() => signal !== undefined, "the step is asked");
  it.clock.advance(30_000);
  assertEquals((await refusal(raw))[0], 0x88);
  assertEquals(signal?.aborted, true);
});

Deno.test("steps that came in one write are taken one by one", async () => {
  await using it = await ClockedBroker.start({}, counting());
  const raw = await it.dial();
  await raw.send(new Uint8Array([...begin("again"), ...goOn("again"), ...goOn("user alice")]));
  await raw.expect5("AUTH");
  await raw.expect5("AUTH");
  assertEquals((await raw.expect5("CONNACK")).reasonCode, 0);
});

Deno.test("the first source that knows the method has the exchange; others are not asked", async () => {
  const [first, second]: [Asked[], Asked[]] = [[], []];
  const notMine = { authenticateStep: () => undefined };
  await using it = await ClockedBroker.start({}, notMine, counting(first), counting(second));
  const raw = await it.dial();
  await raw.send(begin("again"));
  await raw.expect5("AUTH");
  await raw.send(goOn("wrong"));
  assertEquals((await refusal(raw))[0], 0x87);
  assertEquals([first.length, second.length], [2, 0]);
});

Deno.test("a source with authenticate alone does not answer for a method", async () => {
  await using it = await ClockedBroker.start({}, { authenticate: () => "allow" });
  const raw = await it.dial();
  await raw.send(begin("user alice", { username: "alice", password: "right" }));
  assertEquals((await refusal(raw))[0], 0x8c);
});

Deno.test("failed steps count as failed logins of the user they claim to be", async () => {
  await using it = await ClockedBroker.start({}, {
    authenticateStep: ({ step }) =>
      step === 0 ? { result: "continue", username: "alice" } : { result: "deny" },
  });
  const attempt = async (): Promise<RawClient> => {
    const raw = await it.dial();
    await raw.send(begin());
    await raw.expect5("AUTH");
    await raw.send(goOn());
    return raw;
  };
  for (let i = 0; i < 5; i++) assertEquals((await refusal(await attempt()))[0], 0x87);
  const sixth = await it.dial();
  await sixth.send(begin());
  await until(() => it.logged("waits 1 s").length > 0, "the delay is logged");
  it.clock.advance(1000);
  await sixth.expect5("AUTH");
  await sixth.send(goOn());
  await until(() => it.clock.hasTimerIn(1000), "the answer waits");
  it.clock.advance(1000);
  assertEquals((await refusal(sixth))[0], 0x87);
});

Deno.test("a source that a reload takes away in the middle lets no one in: 0x88", async () => {
  await using it = await ClockedBroker.start({}, counting());
  const raw = await it.dial();
  await raw.send(begin("again"));
  await raw.expect5("AUTH");
  await it.broker.reload(testConfig({ plugins: { [inlinePlugin(counting())]: null } }));
  await raw.send(goOn("user alice"));
  assertEquals((await refusal(raw))[0], 0x88);
});
