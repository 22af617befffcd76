/**
 * mosquitto_pub, mosquitto_sub and mosquitto_rr with -V 5: each property that their -D can set, subscription options, request and
 * response, reasons. Without them the tests are skipped and say so; MIDGE_TEST_BROKER=HOST:PORT tries another broker.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ClockedBroker } from "../../support/clocked_broker.ts";
import { optionalTest } from "../../support/optional.ts";
import type { BrokerAddress } from "../../support/raw_client.ts";
import { OTHER_BROKER, parseAddress } from "../clients/broker_under_test.ts";
import { Child, tryCommand } from "../clients/child.ts";

/** `mosquitto_sub -F %J` in short. */
interface Shown {
  readonly topic: string;
  readonly payload?: unknown;
  readonly qos: number;
  readonly retain: number;
  readonly properties?: Record<string, unknown>;
}

const missing = (await Promise.all(
  ["mosquitto_pub", "mosquitto_sub", "mosquitto_rr", "stdbuf"].map((tool) =>
    tryCommand(tool, ["--help"])
  ),
)).find((reason) => reason?.endsWith("is not installed"));

/** Registers a test with a broker and a prefix of its own. */
function mosquitto(
  title: string,
  run: (at: { broker: BrokerAddress; prefix: string; midge?: ClockedBroker }) => Promise<void>,
): void {
  optionalTest(missing, `mosquitto's clients, MQTT 5: ${title}`, async () => {
    const prefix = `m5-${crypto.randomUUID().slice(0, 8)}`;
    if (OTHER_BROKER !== undefined) {
      return await run({ broker: parseAddress(OTHER_BROKER), prefix });
    }
    await using midge = await ClockedBroker.start();
    await run({ broker: midge.address, prefix, midge });
    assertEquals(midge.log.filter((line) => / (warning|error|fatal) /.test(line)), []);
  });
}

mosquitto("each property of PUBLISH and CONNECT, in order", async ({ broker, prefix }) => {
  await using subscriber = await subscribed(broker, ["-t", `${prefix}/#`]);
  const properties = [
    ["PUBLISH", "payload-format-indicator", "1"],
    ["PUBLISH", "message-expiry-interval", "600"],
    ["PUBLISH", "content-type", "text/plain"],
    ["PUBLISH", "response-topic", "answers/here"],
    ["PUBLISH", "correlation-data", "17"],
    ["PUBLISH", "user-property", "b", "1"],
    ["PUBLISH", "user-property", "a", "2"],
    ["PUBLISH", "topic-alias", "1"],
    ["CONNECT", "user-property", "who", "a test"],
    ["CONNECT", "session-expiry-interval", "5"],
    ["CONNECT", "receive-maximum", "7"],
    ["CONNECT", "maximum-packet-size", "100000"],
    ["CONNECT", "topic-alias-maximum", "3"],
    ["CONNECT", "request-problem-information", "1"],
    ["CONNECT", "request-response-information", "1"],
    ["DISCONNECT", "user-property", "why", "done"],
    ["DISCONNECT", "session-expiry-interval", "0"],
  ].flatMap((each) => ["-D", ...each]);
  for (const qos of ["0", "1", "2"]) {
    const id = ["-i", `${prefix}-pub`];
    await published(broker, [...id, "-t", `${prefix}/t`, "-m", "x", "-q", qos, ...properties]);
    const got = await subscriber.next();
    assertEquals([got.payload, got.qos], ["x", Number(qos)]);
    assertEquals(got.properties, {
      "payload-format-indicator": 1,
      "message-expiry-interval": got.properties?.["message-expiry-interval"],
      "content-type": "text/plain",
      "response-topic": "answers/here",
      "correlation-data": "17",
      "user-properties": got.properties?.["user-properties"],
    });
    assertEquals(Number(got.properties?.["message-expiry-interval"]) >= 590, true);
    assertMatch(JSON.stringify(got.properties?.["user-properties"]), /"b".*"1".*"a".*"2"/);
  }
});

mosquitto("each property of a will", async ({ broker, prefix }) => {
  await using subscriber = await subscribed(broker, ["-t", `${prefix}/will`]);
  const properties = [
    ["WILL", "payload-format-indicator", "1"],
    ["WILL", "message-expiry-interval", "600"],
    ["WILL", "content-type", "text/plain"],
    ["WILL", "response-topic", "answers/here"],
    ["WILL", "correlation-data", "18"],
    ["WILL", "user-property", "b", "1"],
    ["WILL", "will-delay-interval", "0"],
  ].flatMap((each) => ["-D", ...each]);
  const will = ["--will-topic", `${prefix}/will`, "--will-payload", "gone", "--will-qos", "1"];
  const mortal = await subscribed(broker, ["-t", `${prefix}/other`, ...will, ...properties]);
  await mortal.vanish();
  const { payload, properties: got } = await subscriber.next();
  assertEquals(payload, "gone");
  assertEquals(got?.["content-type"], "text/plain");
  assertEquals(got?.["response-topic"], "answers/here");
  assertEquals(got?.["correlation-data"], "18");
  assertEquals(got?.["payload-format-indicator"], 1);
});

mosquitto("mosquitto_rr gets its answer", async ({ broker, prefix }) => {
  await using asked = await subscribed(broker, ["-t", `${prefix}/question`]);
  const args = ["-t", `${prefix}/question`, "-e", `${prefix}/answer`, "-m", "how much?"];
  const correlation = ["-D", "PUBLISH", "correlation-data", "19", "-W", "15"];
  const asking = new Child("mosquitto_rr", [
    ...at(broker),
    "-V",
    "5",
    "-q",
    "1",
    ...args,
    ...correlation,
  ]);
  const { properties = {} } = await asked.next();
  assertEquals(properties["response-topic"], `${prefix}/answer`);
  const topic = ["-t", String(properties["response-topic"]), "-m", "42"];
  const data = ["-D", "PUBLISH", "correlation-data", String(properties["correlation-data"])];
  await published(broker, [...topic, ...data]);
  assertEquals(await asking.line(), "42");
  await asking.finished();
});

mosquitto("subscription identifiers and Retain As Published", async (it) => {
  const { broker, prefix } = it;
  const identifier = ["-D", "SUBSCRIBE", "subscription-identifier", "300"];
  const user = ["-D", "SUBSCRIBE", "user-property", "a", "b"];
  await published(broker, ["-t", `${prefix}/kept`, "-m", "kept", "-r"]);
  await using subscriber = await subscribed(broker, [
    ...["-t", `${prefix}/kept`, "--retain-as-published"],
    ...[...identifier, ...user],
  ]);
  const first = await subscriber.next();
  assertEquals([first.payload, first.retain], ["kept", 1]);
  assertEquals(first.properties?.["subscription-identifier"], 300);
  await published(broker, ["-t", `${prefix}/kept`, "-n", "-r"]);
  const second = await subscriber.next();
  assertEquals([second.retain, second.properties?.["subscription-identifier"]], [1, 300]);
});

mosquitto("a session that is kept for its expiry", async ({ broker, prefix }) => {
  const options = [
    ...["-i", `${prefix}-sleeper`, "-c", "-t", `${prefix}/q`],
    ...["-x", "3600"],
  ];
  const before = await subscribed(broker, options);
  await before[Symbol.asyncDispose]();
  await published(broker, [
    "-t",
    `${prefix}/q`,
    "-m",
    "missed",
    "-D",
    "PUBLISH",
    "content-type",
    "a/b",
  ]);
  await using after = await subscribed(broker, options);
  const { payload, properties } = await after.next();
  assertEquals([payload, properties?.["content-type"]], ["missed", "a/b"]);
});

mosquitto("a refused filter and a taken over session are told", async ({ broker, midge }) => {
  // Another broker's rights are not known here.
  if (midge === undefined) return;
  await using denying = await ClockedBroker.start({
    plugins: {
      topic_acl: { subscribe_acl: { anonymous: ["open"] }, publish_acl: { anonymous: ["open"] } },
    },
  });
  const said = await output("mosquitto_sub", [
    ...at(denying.address),
    "-V",
    "5",
    "-t",
    "shut",
    "-d",
    "-W",
    "5",
  ]);
  assertStringIncludes(said, "Subscribed (mid: 1): 135");
  const told = await output("mosquitto_pub", [
    ...at(denying.address),
    "-V",
    "5",
    "-t",
    "shut",
    "-m",
    "x",
    "-q",
    "1",
    "-d",
  ]);
  assertStringIncludes(told, "RC:135");
  await using first = await subscribed(broker, ["-i", "twin", "-t", "a"]);
  await using _second = await subscribed(broker, ["-i", "twin", "-t", "a"]);
  await first.line(/DISCONNECT \(142\)/);
});

function at({ hostname, port }: BrokerAddress): string[] {
  return ["-h", hostname, "-p", `${port}`];
}

/** A mosquitto_sub whose filters are granted. */
async function subscribed(broker: BrokerAddress, args: readonly string[]): Promise<Subscriber> {
  const subscriber = new Subscriber(broker, args);
  await subscriber.line(/^Subscribed/);
  return subscriber;
}

/** A running mosquitto_sub. */
class Subscriber implements AsyncDisposable {
  readonly #child: Child;
  readonly #shown: Shown[] = [];

  constructor(broker: BrokerAddress, args: readonly string[]) {
    // Into a pipe it would hold its lines back.
    const tool = ["-oL", "mosquitto_sub", ...at(broker), "-V", "5", "-q", "2", "-d", "-F", "%j"];
    this.#child = new Child("stdbuf", [...tool, ...args]);
  }

  /** Waits for a line of its debug output; messages before it are kept. */
  async line(pattern: RegExp): Promise<void> {
    for (;;) {
      const line = await this.#child.line();
      if (pattern.test(line)) return;
      if (line.startsWith("{")) this.#shown.push(JSON.parse(line) as Shown);
    }
  }

  /** The next message. */
  async next(): Promise<Shown> {
    for (;;) {
      const known = this.#shown.shift();
      if (known !== undefined) return known;
      const line = await this.#child.line();
      if (line.startsWith("{")) return JSON.parse(line) as Shown;
    }
  }

  /** Ends it without DISCONNECT. */
  async vanish(): Promise<void> {
    await this.#child.end("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.end("SIGTERM");
  }
}

/** Publishes with mosquitto_pub at QoS 1, unless told otherwise. */
async function published(broker: BrokerAddress, args: readonly string[]): Promise<void> {
  const qos = args.includes("-q") ? [] : ["-q", "1"];
  await new Child("mosquitto_pub", [...at(broker), "-V", "5", ...qos, ...args]).finished();
}

/** All that a program says until its end. */
async function output(program: string, args: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(program, { args }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}
