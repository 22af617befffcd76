/** Explanations: what every source said, and that the verdict is the one that clients get. */
import { assertEquals, assertRejects } from "@std/assert";
import { Broker, type Verdict } from "../../mod.ts";
import type { ExplainRequest } from "../../lib/broker/face/explain.ts";
import { ClockedBroker, testConfig } from "../support/clocked_broker.ts";
import { Peer5 } from "../support/peer5.ts";
import { inlinePlugin } from "../support/inline_registry.ts";
import { Random } from "../support/random.ts";
import { publish } from "../support/raw_packets.ts";
import { UserError } from "../../lib/user_error.ts";
import type { AccessReport } from "../../lib/manage/access_report.ts";

const ANSWERS: readonly Verdict[] = [
  undefined,
  "allow",
  "deny",
  { result: "allow", because: "line 1" },
  { result: "deny", because: "line 2" },
  { result: "deny", because: "no answer", failed: true },
  { result: undefined, because: "no answer", failed: true },
];

/** A source that says this, at once or later, or throws. */
function source(random: Random): { answers: Verdict | "throws"; name: string } {
  const throws = random.oneIn(8);
  const answers = throws ? "throws" : random.pick(ANSWERS);
  const isLate = random.oneIn(3);
  const authorize = () => {
    if (answers === "throws") throw new Error("broken");
    return isLate ? Promise.resolve(answers) : answers;
  };
  return { answers, name: inlinePlugin({ authorize }) };
}

function plain({ verdict, because, sources, notAsked }: AccessReport) {
  const steps = sources.map(({ source, answer, because }) => [source, answer, because]);
  return { verdict, because, steps, notAsked };
}

Deno.test("the verdict is the one that a client gets, for any sources and settings", async () => {
  const random = new Random(41);
  for (let round = 0; round < 60; round++) {
    const sources = random.list(0, 4, () => source(random));
    const plugins = Object.fromEntries(sources.map(({ name }) => [name, null]));
    await using it = await ClockedBroker.start({
      plugins,
      acl_combine: random.pick(["first", "all"]),
      acl_nomatch: random.pick(["allow", "deny"]),
    });
    const client = await it.open("c");
    const [granted] = await client.subscribe(["t", 1]);
    const report = await it.broker.explain({
      client: "c",
      action: "subscribe",
      topic: "t",
      qos: 1,
    });
    assertEquals(report.verdict, granted === 0x80 ? "deny" : "allow", JSON.stringify(report));
    assertEquals(report.sources.length + report.notAsked.length, sources.length);
    const isCounted = it.broker.metrics.access!.sources
      .filter(({ question }) => question === "authorize")
      .map(({ counts: { allow, deny, ignore, error } }) => allow + deny + ignore + error);
    assertEquals(isCounted, sources.map((_, index) => index < report.sources.length ? 1 : 0));
  }
});

Deno.test("each source that was asked with its answer and reason, and those that were not", async () => {
  const [silent, allows, denies] = [
    inlinePlugin({ authorize: () => undefined }),
    inlinePlugin({ authorize: () => ({ result: "allow", because: "acl.conf:3" }) }),
    inlinePlugin({ authorize: () => Promise.resolve("deny" as const) }),
  ];
  const plugins = { [silent]: null, [allows]: null, [denies]: null };
  const question = { client: { clientId: "c" }, action: "publish", topic: "a/b" } as const;
  const explained = async (combine: "first" | "all") => {
    await using it = await ClockedBroker.start({ plugins, acl_combine: combine });
    return plain(await it.broker.explain(question));
  };
  assertEquals(await explained("first"), {
    verdict: "allow",
    because: `${allows}: acl.conf:3`,
    steps: [[silent, "ignore", undefined], [allows, "allow", "acl.conf:3"]],
    notAsked: [denies],
  });
  assertEquals(await explained("all"), {
    verdict: "deny",
    because: denies,
    steps: [
      [silent, "ignore", undefined],
      [allows, "allow", "acl.conf:3"],
      [denies, "deny", undefined],
    ],
    notAsked: [],
  });
});

Deno.test("a source that fails is told apart from one that denies", async () => {
  const broken = inlinePlugin({
    authorize: () => {
      throw new Error("out of order");
    },
  });
  await using it = await ClockedBroker.start({ plugins: { [broken]: null } });
  const report = await it.broker.explain({ client: {}, action: "publish", topic: "t" });
  assertEquals(plain(report), {
    verdict: "deny",
    because: `${broken}: failed: out of order`,
    steps: [[broken, "error", "failed: out of order"]],
    notAsked: [],
  });
});

Deno.test("a source that failed and leaves it to the next says why", async () => {
  const lenient = inlinePlugin({
    authorize: () => ({ result: undefined, because: "no answer within 5 s", failed: true }),
  });
  const next = inlinePlugin({ authorize: () => "allow" });
  await using it = await ClockedBroker.start({ plugins: { [lenient]: null, [next]: null } });
  const report = await it.broker.explain({ client: {}, action: "publish", topic: "t" });
  assertEquals(plain(report), {
    verdict: "allow",
    because: next,
    steps: [[lenient, "error", "no answer within 5 s"], [next, "allow", undefined]],
    notAsked: [],
  });
});

Deno.test("what sources are asked is what the question says", async () => {
  const asked: unknown[] = [];
  const spy = inlinePlugin({
    authorize(
      { client: { clientId, username, address, certificate }, action, topic, qos, retain },
    ) {
      asked.push([
        clientId,
        username,
        address,
        certificate?.commonName,
        action,
        topic,
        qos,
        retain,
      ]);
      return undefined;
    },
    authorizeReceive({ client: { clientId }, topic, qos, retain }) {
      asked.push([clientId, "receive", topic, qos, retain]);
      return "deny";
    },
  });
  await using it = await ClockedBroker.start({ plugins: { [spy]: null } });
  const certificate = { commonName: "device 7", subject: "CN=device 7" };
  const client = { clientId: "c", username: "u", address: "192.0.2.7", certificate };
  const explain = (request: Omit<ExplainRequest, "client">) =>
    it.broker.explain({ client, ...request });
  await explain({ action: "publish", topic: "a", qos: 2, retain: true });
  await explain({ action: "subscribe", topic: "$share/g/a/#", qos: 1 });
  const received = await explain({ action: "receive", topic: "a", qos: 1, retain: true });
  assertEquals([received.verdict, received.effect], [
    "deny",
    "the message is not delivered to this client",
  ]);
  await it.broker.explain({ client: {}, action: "publish", topic: "a" });
  assertEquals(asked, [
    ["c", "u", "192.0.2.7", "device 7", "publish", "a", 2, true],
    ["c", "u", "192.0.2.7", "device 7", "subscribe", "a/#", 1, false],
    ["c", "receive", "a", 1, true],
    ["", undefined, "", undefined, "publish", "a", 0, false],
  ]);
});

Deno.test("laws of the broker come before sources: $ topics, limits, superusers", async () => {
  const named = inlinePlugin({ superuser: ({ client }) => client.username === "root" });
  const denies = inlinePlugin({ authorize: () => "deny" });
  await using it = await ClockedBroker.start({
    plugins: { [named]: null, [denies]: null },
    max_topic_levels: 3,
  }, { authenticate: () => "allow" });
  const asked = async (request: ExplainRequest) => {
    const { verdict, because, sources } = await it.broker.explain(request);
    return [verdict, because, sources.length];
  };
  const root = { username: "root" };
  const publish = { action: "publish", topic: "a" } as const;
  assertEquals(await asked({ client: root, ...publish }), ["allow", "superuser", 0]);
  assertEquals(await asked({ client: { superuser: true }, ...publish }), ["allow", "superuser", 0]);
  const notRoot = { ...root, superuser: false };
  assertEquals(await asked({ client: notRoot, ...publish }), ["deny", denies, 1]);
  assertEquals(await asked({ client: root, action: "publish", topic: "$SYS/a" }), [
    "deny",
    "clients do not publish to topics that begin with $",
    0,
  ]);
  const [verdict] = await asked({ client: root, action: "subscribe", topic: "a/b/c/#" });
  assertEquals(verdict, "deny");
  assertEquals(await asked({ client: root, action: "receive", topic: "a" }), [
    "allow",
    "superuser",
    0,
  ]);
});

Deno.test("what a denial does: by action, QoS and acl_deny_action", async () => {
  const denies = inlinePlugin({ authorize: () => "deny" });
  const effects = async (acl_deny_action: "ignore" | "disconnect") => {
    await using it = await ClockedBroker.start({ plugins: { [denies]: null }, acl_deny_action });
    const effect = async (action: "publish" | "subscribe", qos: 0 | 1, topic = "a") =>
      (await it.broker.explain({ client: {}, action, topic, qos })).effect;
    return [
      await effect("publish", 0),
      await effect("publish", 1),
      await effect("subscribe", 1),
      await effect("publish", 1, "$SYS/a"),
    ];
  };
  const dropped = ["the message is dropped", "the message is acknowledged and dropped"];
  assertEquals(await effects("ignore"), [
    ...dropped,
    "SUBACK says 0x80 for this filter",
    dropped[1]!,
  ]);
  const closed = "the connection is closed, and its will is published";
  assertEquals(await effects("disconnect"), [closed, closed, closed, dropped[1]!]);
});

Deno.test("a subscription of MQTT 5 that is denied: the code of its SUBACK", async () => {
  const denies = inlinePlugin({ authorize: () => "deny" });
  const options = { plugins: { [denies]: null }, max_topic_levels: 2, shared_subscriptions: false };
  await using it = await ClockedBroker.start(options);
  await Peer5.open(it, "new");
  await it.open("old");
  const effect = async (client: string, topic: string) =>
    (await it.broker.explain({ client, action: "subscribe", topic })).effect;
  const codes: [topic: string, code: string][] = [
    ["a", "0x87"],
    ["a/b/c", "0x97"],
    ["$share/g/a", "0x9E"],
    ["$share/g/$share/h/a", "0x8F"],
  ];
  for (const [topic, code] of codes) {
    assertEquals(await effect("new", topic), `SUBACK says ${code} for this filter`);
    assertEquals(await effect("old", topic), "SUBACK says 0x80 for this filter");
  }
  assertEquals(await effect("new", "$share/g"), "the connection is closed");
  assertEquals(await effect("old", "$share/g"), "SUBACK says 0x80 for this filter");
});

Deno.test("a connected client: what its cache remembers, and for how long", async () => {
  let verdict: Verdict = { result: "allow", because: "then" };
  const changing = inlinePlugin({ authorize: () => verdict });
  await using it = await ClockedBroker.start({ plugins: { [changing]: null } });
  const { raw } = await it.open("c");
  const question = { client: "c", action: "publish", topic: "a" } as const;
  assertEquals((await it.broker.explain(question)).cache, {
    maxSize: 32,
    ttl: 60,
    remembered: null,
  });
  await raw.send(publish("a", "x"));
  await raw.expectNothing();
  it.clock.advance(20_000);
  verdict = "deny";
  const report = await it.broker.explain(question);
  assertEquals([report.verdict, report.client.connected], ["deny", true]);
  assertEquals(report.cache.remembered, {
    verdict: "allow",
    because: `${changing}: then`,
    seconds: 40,
  });
  const imagined = await it.broker.explain({ ...question, client: { clientId: "c" } });
  assertEquals([imagined.client.connected, imagined.cache.remembered], [false, null]);
});

Deno.test("a client that is away is known by its session; one that never came is not", async () => {
  await using it = await ClockedBroker.start();
  const client = await it.keep("away", { username: "alice" });
  await client.disconnect();
  const report = await it.broker.explain({ client: "away", action: "publish", topic: "a" });
  assertEquals(report.client, {
    clientId: "away",
    username: "alice",
    address: "127.0.0.1",
    superuser: false,
    connected: false,
  });
  await assertRejects(
    () => it.broker.explain({ client: "nobody", action: "publish", topic: "a" }),
    UserError,
    'no client "nobody" is known',
  );
});

Deno.test("a topic that is none is refused", async () => {
  await using it = await ClockedBroker.start();
  const cases = [["publish", "a/#"], ["publish", ""], ["receive", "+"], [
    "subscribe",
    "a/#/b",
  ]] as const;
  for (const [action, topic] of cases) {
    await assertRejects(
      () => it.broker.explain({ client: {}, action, topic }),
      UserError,
      JSON.stringify(topic),
    );
  }
});

Deno.test("a prepared broker explains, listens nowhere, and disposes of its plugins", async () => {
  const life: string[] = [];
  const denies = inlinePlugin({
    authorize: () => "deny",
    brokerStarting: () => void life.push("starting"),
    dispose: () => void life.push("disposed"),
  });
  const broker = await Broker.prepare(testConfig({ plugins: { [denies]: null } }));
  const { verdict } = await broker.explain({ client: {}, action: "publish", topic: "a" });
  assertEquals([verdict, broker.listeners, life], ["deny", [], []]);
  await assertRejects(() => broker.start(), Error, "the broker is prepared; expected new");
  await broker.stop();
  assertEquals(life, ["disposed"]);
});
