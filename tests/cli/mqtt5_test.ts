/** `midge pub` and `midge sub` in MQTT 5: versions, properties, options, and the formats of mosquitto_sub. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ReceivedMessage } from "../../lib/client/message.ts";
import { textFormat } from "../../lib/cli/message_format.ts";
import { midgeJson } from "../../lib/cli/message_json.ts";
import { startBroker } from "../support/running_broker.ts";
import { Client } from "../../mod.ts";
import { runMidge } from "../support/midge_process.ts";
import { mosquittoTest, startMosquitto } from "../support/mosquitto.ts";
import { DISCONNECT } from "../support/raw_packets.ts";
import { connack5, puback5, publish5, suback5, unsuback5 } from "../support/raw_packets5.ts";
import { Stage } from "../client/stage.ts";
import { ClientProcess } from "./client_process.ts";

const D = (command: string, name: string, ...values: string[]) => ["-D", command, name, ...values];

Deno.test("pub -V mqttv5 with properties of every packet", async () => {
  await using stage = new Stage();
  const port = new URL(stage.uri).port;
  const running = runMidge([
    ...["pub", "-p", port, "-t", "t", "-m", "x", "-q", "1", "-V", "mqttv5", "-x", "60"],
    ...D("connect", "receive-maximum", "9"),
    ...D("connect", "user-property", "c", "1"),
    ...D("connect", "topic-alias-maximum", "0"),
    ...D("publish", "content-type", "text/plain"),
    ...D("publish", "correlation-data", "cd"),
    ...D("publish", "message-expiry-interval", "7"),
    ...D("publish", "payload-format-indicator", "1"),
    ...D("publish", "response-topic", "r"),
    ...D("publish", "user-property", "a", "1"),
    ...D("publish", "user-property", "a", "2"),
    ...D("disconnect", "session-expiry-interval", "5"),
    ...D("will", "will-delay-interval", "3"),
    ...["--will-topic", "w"],
  ]);
  const broker = await stage.accept();
  const connect = await broker.expect5("CONNECT");
  assertEquals(connect.properties, {
    receiveMaximum: 9,
    sessionExpiryInterval: 60,
    userProperties: [["c", "1"]],
  });
  assertEquals(connect.will?.properties, { willDelayInterval: 3 });
  await broker.send(connack5(false));
  const { id, properties } = await broker.expect5("PUBLISH");
  assertEquals(properties, {
    contentType: "text/plain",
    correlationData: new TextEncoder().encode("cd"),
    messageExpiryInterval: 7,
    payloadFormatIndicator: 1,
    responseTopic: "r",
    userProperties: [["a", "1"], ["a", "2"]],
  });
  await broker.send(puback5(id));
  const { properties: last } = await broker.expect5("DISCONNECT");
  assertEquals(last, { sessionExpiryInterval: 5 });
  await broker.close();
  assertEquals((await running).code, 0);
});

Deno.test("pub: a refused message is exit code 1 and one line with the reason", async () => {
  await using stage = new Stage();
  const port = new URL(stage.uri).port;
  const running = runMidge(["pub", "-p", port, "-t", "t", "-m", "x", "-q", "1", "-V", "5"]);
  const { broker } = await stage.welcome5();
  const { id } = await broker.expect5("PUBLISH");
  await broker.send(puback5(id, 0x87, { reasonString: "not yours" }));
  await broker.expect(DISCONNECT);
  await broker.close();
  const { code, stderr } = await running;
  assertEquals(code, 1);
  assertEquals(stderr, [
    "midge: the broker refused the message: not authorized (0x87): not yours",
  ]);
});

Deno.test("sub: an option of MQTT 5 chooses it; options and properties of SUBSCRIBE", async () => {
  await using stage = new Stage();
  await using sub = new ClientProcess([
    ...["sub", "-L", stage.uri, "-t", "$share/g/a", "-t", "b", "-q", "1", "-U", "old", "-C", "1"],
    ...["--retain-as-published", "--retain-handling", "never", "-F", "%p %C %S %P"],
    ...D("subscribe", "subscription-identifier", "5"),
    ...D("unsubscribe", "user-property", "u", "v"),
  ]);
  const { broker, connect } = await stage.welcome5();
  assertEquals(connect.level, 5);
  const unsubscribe = await broker.expect5("UNSUBSCRIBE");
  assertEquals(unsubscribe.properties, { userProperties: [["u", "v"]] });
  await broker.send(unsuback5(unsubscribe.id, [0x11]));
  const { id, requests, properties } = await broker.expect5("SUBSCRIBE");
  assertEquals(requests, [["$share/g/a", 0x29], ["b", 0x29]]);
  assertEquals(properties, { subscriptionIdentifiers: [5] });
  await broker.send(suback5(id, [1, 1]));
  await broker.send(publish5("b", "hello", {
    properties: {
      contentType: "c",
      subscriptionIdentifiers: [5],
      userProperties: [["k", "v"], ["k", "w"]],
    },
  }));
  assertEquals(await sub.line(), "hello c 5 k:v k:w");
  await broker.expect(DISCONNECT);
  await broker.close();
  assertEquals((await sub.ended()).code, 0);
});

const MESSAGE = new ReceivedMessage("a/b", new TextEncoder().encode("x"), 0, false, false, 0, {
  payloadFormatIndicator: 1,
  messageExpiryInterval: 60,
  contentType: "c/t",
  responseTopic: "r/t",
  correlationData: Uint8Array.of(0x63, 0xff),
  subscriptionIdentifiers: [7],
  userProperties: [["n1", "v1"], ["n2", "v2"], ["n2", "v3"]],
});

Deno.test("formats and JSON of a message with properties", () => {
  const format = textFormat("A%A C%C D%D E%E F%F P%P R%R S%S", () => new Date(0), "");
  const shown = format(MESSAGE).map((bytes) => new TextDecoder("latin1").decode(bytes)).join("");
  assertEquals(shown, "A Cc/t Dc\u00ff E60 F1 Pn1:v1 n2:v2 n2:v3 Rr/t S7");
  assertEquals(JSON.parse(midgeJson(MESSAGE, new Date(0))).properties, {
    payloadFormatIndicator: 1,
    messageExpiryInterval: 60,
    contentType: "c/t",
    responseTopic: "r/t",
    correlationDataBase64: "Y/8=",
    subscriptionIdentifiers: [7],
    userProperties: [["n1", "v1"], ["n2", "v2"], ["n2", "v3"]],
  });
  const plain = new ReceivedMessage("a", new Uint8Array(), 0, false, false);
  assertEquals(format(plain).length > 0, true);
  assertEquals("properties" in JSON.parse(midgeJson(plain, new Date(0))), false);
});

await mosquittoTest(
  "sub prints what mosquitto_sub prints, and pub says what mosquitto_pub says",
  async () => {
    await using mosquitto = await startMosquitto();
    const port = String(mosquitto.ports[0]);
    const format = "%t|%p|%C|%D|%E|%F|%P|%R|%S|%j";
    const args = ["-p", port, "-V", "5", "-t", "a/#", "-C", "2", "-F", format];
    const identifier = D("subscribe", "subscription-identifier", "7");
    const theirs = new Deno.Command("stdbuf", { // it says at once what it says
      args: ["--output=L", "mosquitto_sub", ...args, ...identifier, "-R", "-d"],
      stdout: "piped",
    }).spawn();
    const [output, beginning] = theirs.stdout.tee();
    const text = new Response(output).text();
    await using ours = new ClientProcess(["sub", ...args, ...identifier]);
    const properties = [
      ...D("publish", "content-type", "c/t"),
      ...D("publish", "correlation-data", "cd"),
      ...D("publish", "payload-format-indicator", "1"),
      ...D("publish", "response-topic", "r/t"),
      ...D("publish", "user-property", "n1", "v1"),
      ...D("publish", "user-property", "n1", "v2"),
      ...D("publish", "message-expiry-interval", "60"),
    ];
    const message = ["-p", port, "-V", "5", "-t", "a/b", "-m", "x", ...properties];
    // mosquitto_sub prints properties as they came: its first line is to be of what mosquitto_pub has sent.
    await said(beginning, "Subscribed (");
    // Sent until both have subscribed: each takes the first two that come.
    const seen = ours.line();
    let isOver = false;
    const over = Promise.all([seen, theirs.status]).then(() => void (isOver = true));
    while (!isOver) {
      await new Deno.Command("mosquitto_pub", { args: message }).output();
      assertEquals((await runMidge(["pub", ...message])).code, 0);
    }
    await over;
    const withoutTime = (line: string) => line.replace(/"tst":"[^"]*"/, "");
    const lines = (await text).split("\n").filter((line) => line.startsWith("a/b|")).map(
      withoutTime,
    );
    assertEquals(lines.length, 2);
    assertEquals(withoutTime(await seen), lines[0]);
    assertStringIncludes(lines[0]!, "a/b|x|c/t|cd|60|1|n1:v1 n1:v2|r/t|7|");
    assertMatch(lines[0]!, /"user-properties":\{"n1":"v1","n1":"v2"\}/);
  },
);

Deno.test("rr: asks, prints the answer, and says when there is none", async () => {
  await using midge = await startBroker({ plugins: { auth_anonymous: null } });
  await using client = new Client({
    connection: { uri: `mqtt://127.0.0.1:${midge.address.port}` },
    protocol_version: 5,
    plugins: null,
  });
  await client.connect();
  await client.respond("service", (request) => {
    const { contentType = "" } = request.properties;
    return { payload: `${request.text()}, ${contentType}`, contentType: "answer" };
  }, { qos: 1 });
  await client.subscribe("silent", { qos: 1 });
  const rr = (...args: string[]) => runMidge(["rr", "-p", String(midge.address.port), ...args]);
  const content = D("publish", "content-type", "c");
  const asked = await rr("-t", "service", "-m", "x", "-q", "1", "-F", "%p|%C", ...content);
  assertEquals([asked.code, asked.stdout], [0, ["x, c|answer"]]);
  const alone = await rr("-t", "no/one", "-n", "-q", "1");
  assertEquals(alone.code, 1);
  assertEquals(alone.stderr, ["midge: no one is subscribed to no/one, so no one can answer"]);
  const late = await rr("-t", "silent", "-n", "-W", "0.2");
  assertEquals([late.code, late.stderr], [27, ["midge: no answer within 200 ms"]]);
  assertEquals((await rr("-t", "a/#", "-n")).code, 2);
  assertEquals((await rr("-t", "a")).code, 2);
});

for (
  const [args, says] of [
    [["-V", "311", "-x", "5"], "--session-expiry-interval needs --protocol-version 5"],
    [["-V", "311", ...D("publish", "content-type", "a")], "--property needs --protocol-version 5"],
    [D("publish", "receive-maximum", "1"), '--property of publish got "receive-maximum"'],
    [D("subscribe", "user-property", "a", "b"), '--property got "subscribe"'],
    [D("publish", "message-expiry-interval", "soon"), "expected a whole number up to 4294967295"],
    [["-D", "publish", "user-property", "a"], "-D needs COMMAND NAME VALUE"],
    [["--property=publish"], "--property takes COMMAND NAME VALUE behind spaces"],
    [D("will", "content-type", "a"), "--property will needs --will-topic"],
    [["-x", "long"], '--session-expiry-interval got "long"'],
    [D("disconnect", "session-expiry-interval", "5"), "needs --session-expiry-interval"],
  ] as const
) {
  Deno.test(`exit code 2 and one line: midge pub ${args.join(" ")}`, async () => {
    const { code, stderr } = await runMidge(["pub", "-t", "t", "-m", "x", ...args]);
    assertEquals([code, stderr.length], [2, 1], stderr.join("\n"));
    assertStringIncludes(stderr[0]!, says);
  });
}

/** Resolves when a program has printed that, or has ended; what follows is read and forgotten. */
async function said(output: ReadableStream<Uint8Array<ArrayBuffer>>, words: string): Promise<void> {
  const reader = output.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes(words)) {
    const { done, value = "" } = await reader.read();
    if (done) return;
    text += value;
  }
  await reader.cancel();
}
