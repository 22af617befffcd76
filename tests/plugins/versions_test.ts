/**
 * Rules mean the same in MQTT 3.1.1 and 5: one script, played by a client of each through sockets against every kind of
 * rules, and what it was told and handed. What differs is only how a refusal is said.
 */
import { assertEquals } from "@std/assert";
import type { BrokerOptions, Hooks } from "../../mod.ts";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { Peer } from "../conformance/peer.ts";
import { disconnectIn, type Version, WORDS4, WORDS5 } from "../conformance/words.ts";
import {
  latin1,
  PINGREQ,
  puback,
  pubcomp,
  pubrel,
  type RawConnect,
} from "../support/raw_packets.ts";

/** What a client of each version hears of a refusal. */
const DENIED = { 4: 0x80, 5: 0x87 } as const;

/** What the script asks of the broker. */
interface Script {
  readonly user: RawConnect;
  readonly filters: readonly string[];
  readonly topics: readonly string[];
}

/** What it came to, without a word of the version. */
interface Outcome {
  /** Filters that were granted. */
  readonly granted: string[];
  /** Topics whose message passed, at every QoS alike. */
  readonly published: string[];
  /** Topics whose message was handed over. */
  readonly received: string[];
}

async function play(options: BrokerOptions, script: Script, version: Version): Promise<Outcome> {
  const passed: string[] = [];
  const notes: Hooks = {
    messageBroadcast: ({ client, message }) => {
      if (client !== undefined) passed.push(`${message.topicName} ${message.qos}`);
    },
  };
  await using it = await ClockedBroker.start(options, notes);
  const words = version === 5 ? WORDS5 : WORDS4;
  const raw = await it.dial();
  await raw.send(words.connect({ clientId: "c1", ...script.user }));
  await raw.expectPacket("CONNACK");
  const client = new Peer(raw, "c1", words);
  for (const topic of script.topics) await publishEach(client, topic, passed, version);
  const granted: string[] = [];
  for (const filter of script.filters) {
    const [code] = await client.subscribe([filter, 0]);
    if (code === 0) granted.push(filter);
    else assertEquals(code, DENIED[version], filter);
  }
  const received = await receiveEach(it, client, script.topics);
  const published = script.topics.filter((topic) => passed.includes(`${topic} 0`));
  return { granted, published, received };
}

/** At each QoS: either all pass or none does, and the acknowledgement says so where it can. */
async function publishEach(
  { raw, words }: Peer,
  topic: string,
  passed: readonly string[],
  version: Version,
): Promise<void> {
  await raw.send(words.publish(topic, "x"), PINGREQ);
  await raw.expectPacket("PINGRESP");
  const mayPublish = passed.includes(`${topic} 0`);
  for (const qos of [1, 2]) {
    await raw.send(words.publish(topic, "x", { qos, id: 7 }));
    const { type, body } = await raw.nextPacket() ?? {};
    const code = body?.[2] ?? 0;
    const isRefused = code >= 0x80;
    assertEquals([type, isRefused], [qos === 1 ? 4 : 5, version === 5 && !mayPublish], topic);
    if (isRefused) assertEquals(code, 0x87, topic);
    else if (qos === 2) {
      await raw.send(pubrel(7));
      assertEquals((await raw.expectPacket("PUBCOMP")).body.subarray(0, 2), pubcomp(7).subarray(2));
    } else assertEquals(body?.subarray(0, 2), puback(7).subarray(2));
    assertEquals(passed.includes(`${topic} ${qos}`), mayPublish, `${topic} at QoS ${qos}`);
  }
}

/** What of a message of the broker to each topic is handed over. */
async function receiveEach(
  it: ClockedBroker,
  { raw, words }: Peer,
  topics: readonly string[],
): Promise<string[]> {
  for (const topicName of topics) it.broker.publish({ topicName, payload: "y" });
  await raw.send(PINGREQ);
  const received: string[] = [];
  for (;;) {
    const packet = await raw.nextPacket();
    if (packet?.type !== 3) return received;
    received.push(words.message(packet).topic);
  }
}

const ALICE = { username: "alice" };

/** The rules of EMQ X's guide, its default file, patterns with placeholders, networks, and `eq`. */
const EMQX_RULES = `
{allow, {user, "dashboard"}, subscribe, ["$SYS/#"]}.
{deny, {user, "mallory"}, pubsub, ["#"]}.
{allow, {client, "c1"}, publish, ["clients/%c/#"]}.
{allow, {user, "alice"}, subscribe, ["users/%u/+", {eq, "eq/+"}]}.
{deny, all, publish, ["clients/#"]}.
{deny, all, subscribe, ["users/#", "eq/#", "$SYS/#", {eq, "#"}]}.
{allow, {ipaddr, "127.0.0.0/8"}, pubsub, ["local/#"]}.
{deny, all, pubsub, ["local/#"]}.
{allow, all}.
`;

const TOPICS = [
  "open",
  "clients/c1/a",
  "clients/c2/a",
  "users/alice/a",
  "users/bob/a",
  "local/a",
  "top-secret",
  "prohibited",
];
const FILTERS = [
  "open",
  "users/alice/+",
  "users/bob/+",
  "eq/+",
  "eq/a",
  "#",
  "$SYS/#",
  "local/#",
  "+",
  "top-secret",
  "$share/g/open",
  "$share/g/users/bob/+",
];

interface Matrix {
  readonly name: string;
  readonly options: (folder: string) => BrokerOptions;
  readonly user?: RawConnect;
  readonly expected: Outcome;
}

const MATRIX: Matrix[] = [
  {
    name: "acl_file with EMQ X's forms",
    options: (folder) => ({ plugins: { acl_file: { file: `${folder}/acl.conf` } } }),
    expected: {
      granted: ["open", "users/alice/+", "eq/+", "local/#", "top-secret", "$share/g/open"],
      published: [
        "open",
        "clients/c1/a",
        "users/alice/a",
        "users/bob/a",
        "local/a",
        "top-secret",
        "prohibited",
      ],
      received: ["open", "users/alice/a", "local/a", "top-secret"],
    },
  },
  {
    name: "acl_file, a user who is denied everything",
    options: (folder) => ({ plugins: { acl_file: { file: `${folder}/acl.conf` } } }),
    user: { username: "mallory" },
    expected: { granted: [], published: [], received: [] },
  },
  {
    name: "topic_acl for publish, subscribe and receive",
    options: () => ({
      plugins: {
        topic_acl: {
          publish_acl: { alice: ["users/alice/#", "open"] },
          subscribe_acl: { alice: ["#"] },
          receive_acl: { alice: ["users/+/a", "open"] },
        },
      },
    }),
    expected: {
      granted: FILTERS.filter((filter) => filter !== "$SYS/#"),
      published: ["open", "users/alice/a"],
      received: ["open", "users/alice/a", "users/bob/a"],
    },
  },
  {
    name: "topic_acl, a user who is not in it",
    options: () => ({
      plugins: { topic_acl: { publish_acl: { bob: ["#"] }, subscribe_acl: { bob: ["#"] } } },
    }),
    expected: { granted: [], published: [], received: [] },
  },
  {
    name: "topic_taboo",
    options: () => ({ plugins: { topic_taboo: null } }),
    expected: {
      granted: FILTERS.filter((filter) => filter !== "top-secret"),
      published: TOPICS.filter((topic) => topic !== "top-secret" && topic !== "prohibited"),
      received: TOPICS.filter((topic) => topic !== "top-secret" && topic !== "prohibited"),
    },
  },
  {
    name: "topic_taboo, its admin",
    options: () => ({ plugins: { topic_taboo: null } }),
    user: { username: "admin" },
    expected: { granted: FILTERS, published: TOPICS, received: TOPICS },
  },
  {
    name: "acl_nomatch deny, and no rules",
    options: () => ({ acl_nomatch: "deny" }),
    expected: { granted: [], published: [], received: [] },
  },
  {
    name: "acl_nomatch deny behind rules",
    options: (folder) => ({
      acl_nomatch: "deny",
      plugins: { acl_file: { file: `${folder}/few.yaml` } },
    }),
    expected: { granted: ["open", "$share/g/open"], published: ["open"], received: ["open"] },
  },
];

for (const { name, options, user = ALICE, expected } of MATRIX) {
  for (const version of [4, 5] as const) {
    const title = version === 5 ? "5" : "3.1.1";
    Deno.test(`${name}: in MQTT ${title}`, async () => {
      const folder = await Deno.makeTempDir();
      await Deno.writeTextFile(`${folder}/acl.conf`, EMQX_RULES);
      await Deno.writeTextFile(
        `${folder}/few.yaml`,
        ["publish", "subscribe"].map((action) =>
          `- {permission: allow, user: alice, action: ${action}, topics: [open]}\n`
        ).join(""),
      );
      const script = { user, filters: FILTERS, topics: TOPICS };
      const outcome = await play(options(folder), script, version);
      const unique = { ...outcome, received: [...new Set(outcome.received)] };
      assertEquals(unique, expected);
      await Deno.remove(folder, { recursive: true });
    });
  }
}

for (const version of [4, 5] as const) {
  const title = version === 5 ? "MQTT 5" : "MQTT 3.1.1";
  const words = version === 5 ? WORDS5 : WORDS4;
  const said = version === 5 ? 0x87 : undefined;

  Deno.test(`acl_deny_action disconnect: a refusal ends the connection, in ${title}`, async () => {
    for (const action of ["publish", "subscribe"] as const) {
      await using it = await ClockedBroker.start({
        acl_deny_action: "disconnect",
        plugins: { topic_taboo: null },
      });
      const raw = await it.dial();
      await raw.send(words.connect({ clientId: "c1", username: "alice" }));
      await raw.expectPacket("CONNACK");
      await raw.send(
        action === "publish" ? words.publish("prohibited") : words.subscribe(1, ["prohibited", 0]),
      );
      const rest = await raw.readToEnd();
      assertEquals(rest.length === 0 ? undefined : disconnectIn(rest), said, action);
    }
  });

  Deno.test(`what is explained is what a client gets, in ${title}`, async () => {
    await using it = await ClockedBroker.start({ plugins: { topic_taboo: null } });
    const raw = await it.dial();
    await raw.send(words.connect({ clientId: "c1", username: "alice" }));
    await raw.expectPacket("CONNACK");
    for (const [topic, verdict] of [["prohibited", "deny"], ["open", "allow"]] as const) {
      const report = await it.broker.explain({ client: "c1", action: "subscribe", topic });
      assertEquals([report.verdict, report.client.username], [verdict, "alice"]);
    }
  });

  Deno.test(`a password without a username proves no one, in ${title}`, async () => {
    const asked: unknown[] = [];
    const other: Hooks = {
      authenticate({ client, password }) {
        asked.push([client.username, client.protocolLevel, password && latin1(password)]);
        return password && latin1(password) === "token" ? "allow" : undefined;
      },
    };
    await using it = await ClockedBroker.start({}, other);
    const answers: (number | undefined)[] = [];
    for (const password of ["wrong", "token"]) {
      const raw = await it.dial();
      // 3.1.1 does not allow it [MQTT-3.1.2-22]; 5 does, section 3.1.2.9.
      await raw.send(words.connect({ clientId: password, flags: 0x42, password }));
      answers.push((await raw.nextPacket())?.body[1]);
    }
    const tokens = [[undefined, 5, "wrong"], [undefined, 5, "token"]];
    assertEquals(asked, version === 5 ? tokens : []);
    assertEquals(answers, version === 5 ? [0x87, 0] : [undefined, undefined]);
    const nameless = await it.dial();
    await nameless.send(words.connect({ clientId: "n" }));
    assertEquals((await nameless.expectPacket("CONNACK")).body[1], 0);
  });
}
