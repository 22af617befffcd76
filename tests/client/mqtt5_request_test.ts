/** MQTT 5, requests and responses: one response topic, many at a time, time-outs, no one there. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { RawClient } from "../support/raw_client.ts";
import { puback5, publish5, suback5 } from "../support/raw_packets5.ts";
import type { Publish5 } from "../support/raw_parse5.ts";
import { errorOf, settle, Stage } from "./stage.ts";

/** Answers the SUBSCRIBE for the response topic; the topic. */
async function grantResponses(broker: RawClient): Promise<string> {
  const { id, requests } = await broker.expect5("SUBSCRIBE");
  await broker.send(suback5(id, [0]));
  return requests[0]![0];
}

/** Answers a request. */
async function answer(broker: RawClient, { properties }: Publish5, payload: string): Promise<void> {
  const { responseTopic = "", correlationData = "" } = properties;
  await broker.send(publish5(responseTopic, payload, { properties: { correlationData } }));
}

Deno.test("request: one subscription, many requests, answers in any order", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5();
  const answers = ["a", "b", "c"].map((text) => client.request("service", text));
  const topic = await grantResponses(broker);
  const asked = [];
  for (const _ of answers) asked.push(await broker.expect5("PUBLISH"));
  assertEquals(asked.map(({ topic, payload }) => `${topic} ${payload}`), [
    "service a",
    "service b",
    "service c",
  ]);
  assert(asked.every(({ properties }) => properties.responseTopic === topic));
  await broker.send(publish5(topic, "to no one", { properties: { correlationData: "other" } }));
  await broker.send(publish5(topic, "to no one"));
  for (const one of asked.toReversed()) await answer(broker, one, `re ${one.payload}`);
  const texts = (await Promise.all(answers)).map((message) => message.text());
  assertEquals(texts, ["re a", "re b", "re c"]);
});

Deno.test("request: the response topic begins as the broker says", async () => {
  await using stage = new Stage();
  const said = { responseInformation: "answers/me/" };
  const { client, broker } = await stage.connected5({ request_response_information: true }, said);
  const abort = new AbortController();
  const asking = client.request("service", "x", { signal: abort.signal });
  assertStringIncludes(await grantResponses(broker), "answers/me/");
  await broker.expect5("PUBLISH");
  abort.abort(new Error("enough"));
  assertEquals((await errorOf(asking)).message, "enough");
});

Deno.test("request: a time-out, and an answer behind it", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5({ keep_alive: 0 });
  const late = errorOf(client.request("service", "x", { timeout: 500 }));
  await grantResponses(broker);
  const asked = await broker.expect5("PUBLISH");
  stage.clock.advance(500);
  const error = await late;
  assertEquals([error.code, error.message], ["timeout", "no answer within 500 ms"]);
  await answer(broker, asked, "late");
  await settle(client, broker);
});

Deno.test("request: no one there to answer, and a response topic that is refused", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5();
  const refused = errorOf(client.request("service", "x", { qos: 1 }));
  const { id } = await broker.expect5("SUBSCRIBE");
  await broker.send(suback5(id, [0x87]));
  assertEquals((await refused).code, "subscribe-refused");
  const alone = errorOf(client.request("service", "x", { qos: 1 }));
  await grantResponses(broker);
  await broker.send(puback5((await broker.expect5("PUBLISH")).id, 0x10));
  const error = await alone;
  assertEquals([error.code, error.reasonCode], ["publish-refused", 0x10]);
});

Deno.test("request: what waits rejects when the client is closed", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5();
  const asking = errorOf(client.request("service", "x"));
  await grantResponses(broker);
  await broker.expect5("PUBLISH");
  await Promise.all([client.disconnect(), broker.expect5("DISCONNECT").then(() => broker.close())]);
  assertEquals((await asking).code, "closed");
});

Deno.test("respond: answers what has a response topic, with properties, at the request's QoS", async () => {
  await using stage = new Stage();
  const { client, broker } = await stage.connected5();
  const responding = client.respond("service", (request) => {
    const text = request.text();
    return text === "silence" ? undefined : { payload: text.toUpperCase(), contentType: "c" };
  }, { qos: 1 });
  const subscribe = await broker.expect5("SUBSCRIBE");
  await broker.send(suback5(subscribe.id, [1]));
  const stop = await responding;
  await broker.send(publish5("service", "no one listens"));
  const properties = { responseTopic: "to/me", correlationData: Uint8Array.of(9) };
  await broker.send(publish5("service", "silence", { properties }));
  await broker.send(publish5("service", "hello", { qos: 1, id: 4, properties }));
  const got = await broker.expect5("PUBLISH");
  assertEquals([got.topic, got.payload, got.qos], ["to/me", "HELLO", 1]);
  assertEquals(got.properties, { contentType: "c", correlationData: Uint8Array.of(9) });
  await broker.send(puback5(got.id));
  assertEquals((await broker.expect5("PUBACK")).id, 4);
  const stopping = stop();
  const { id } = await broker.expect5("UNSUBSCRIBE");
  await broker.send(Uint8Array.of(0xb0, 4, id >> 8, id & 255, 0, 0));
  await stopping;
});
