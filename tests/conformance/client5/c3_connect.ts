/**
 * Sections 3.1, 3.2, 3.14: how Midge's client connects in MQTT 5, stays and leaves.
 */
import type { ClientOptions } from "../../../lib/client/config_types.ts";
import { FakeClientClock } from "../../support/fake_client_clock.ts";
import { UserError } from "../../../lib/user_error.ts";
import { hex, PINGREQ, PINGRESP, toHex } from "../../support/raw_packets.ts";
import {
  connack5,
  connect5,
  disconnect5,
  publish5,
  type RawConnect5,
} from "../../support/raw_packets5.ts";
import { equal } from "../checks.ts";
import { nothingSent } from "../client_stage.ts";
import { type ClientSequence, clientSequence } from "../sequence.ts";

/** What CONNECT must be for these options, byte by byte. */
const CONNECTS: [numbers: string, what: string, options: ClientOptions, wanted: RawConnect5][] = [
  [
    "3.1.0-1 3.1.2-4 3.1.2-11 3.1.2-13 3.1.2-16 3.1.2-18 3.1.3-3 3.1.3-4 2.2.2-1",
    "nothing but an id",
    {},
    {},
  ],
  ["3.1.2-17 3.1.3-12", "a user name", { connection: { username: "é" } }, { username: "é" }],
  [
    "3.1.2-17 3.1.2-19",
    "a user name and a password",
    { connection: { username: "u", password: "p" } },
    { username: "u", password: "p" },
  ],
  [
    "3.1.2-9 3.1.3-11 1.5.7-1",
    "a will with properties",
    {
      will: { topic: "w/é", message: "gone", delay_interval: 5, user_properties: [["a", "é"]] },
    },
    {
      will: {
        topic: "w/é",
        payload: "gone",
        properties: { userProperties: [["a", "é"]], willDelayInterval: 5 },
      },
    },
  ],
  [
    "3.1.3-1 3.1.2-12",
    "every field",
    {
      will: { topic: "w", message: "gone", qos: 2, retain: true },
      connection: { username: "u", password: "p" },
      cleansession: false,
      keep_alive: 258,
    },
    {
      will: { topic: "w", payload: "gone", qos: 2, retain: true },
      username: "u",
      password: "p",
      cleanSession: false,
      keepAlive: 258,
      properties: { sessionExpiryInterval: 0xffffffff },
    },
  ],
];

/** The bytes of one packet with its properties in an order of their own: what is compared is what they mean. */
function sorted(bytes: Uint8Array): string {
  return toHex(bytes.toSorted(), 1000);
}

/** Options that would make a CONNECT the standard forbids. */
const REFUSED: [numbers: string, what: string, options: Record<string, unknown>][] = [
  ["3.1.2-12", "a will at QoS 3", { will: { topic: "w", qos: 3 } }],
  ["4.7.0-1", "a will topic with a wildcard", { will: { topic: "w/#" } }],
  ["4.7.3-1", "an empty will topic", { will: { topic: "" } }],
  ["3.3.2-14", "a response topic with a wildcard", { will: { topic: "w", response_topic: "a/+" } }],
];

const SESSION = { client_id: "again", cleansession: false };

export const CONNECTING_5: ClientSequence[] = [
  ...CONNECTS.map(([numbers, what, options, wanted]) =>
    clientSequence(numbers, `sends CONNECT with ${what}`, async (stage) => {
      const { connect } = await stage.connected5({
        client_id: "conformance",
        keep_alive: 10,
        topic_alias_maximum: 0,
        ...options,
      });
      const expected = connect5({ clientId: "conformance", keepAlive: 10, ...wanted });
      equal(sorted(connect.bytes), sorted(expected));
      equal(connect.clientId, "conformance");
    })
  ),
  ...REFUSED.map(([numbers, what, options]) =>
    clientSequence(numbers, `refuses ${what} before it connects`, (stage) => {
      try {
        stage.client({ protocol_version: 5, ...options } as ClientOptions);
      } catch (error) {
        if (error instanceof UserError) return Promise.resolve();
        throw error;
      }
      throw new Error("accepted");
    })
  ),
  clientSequence(
    "3.1.3-2 3.1.3-4",
    "keeps its client id for the next connection",
    async (stage) => {
      const { broker, connect } = await stage.connected5();
      await broker.close();
      equal((await stage.welcome5()).connect.clientId, connect.clientId);
    },
  ),
  clientSequence(
    "3.1.3-2",
    "uses the id that it was assigned for the next connection",
    async (stage) => {
      const { broker } = await stage.connected5({ client_id: "" }, {
        assignedClientIdentifier: "given",
      });
      await broker.close();
      equal((await stage.welcome5()).connect.clientId, "given");
    },
  ),
  clientSequence("4.13.2-1", "closes after a refusing CONNACK", async (stage) => {
    const client = stage.client({ protocol_version: 5, reconnect_retries: 0 });
    const failed = client.connect().then(() => "connected", () => "refused");
    const broker = await stage.accept();
    await broker.expect5("CONNECT");
    await broker.send(connack5(false, 0x87));
    await broker.expectClosed();
    equal(await failed, "refused");
  }),
  clientSequence(
    "3.2.2-4",
    "closes on session present 1 where it has no session",
    async (stage) => {
      const client = stage.client({ protocol_version: 5, reconnect_retries: 0 });
      const failed = client.connect().then(() => "connected", () => "failed");
      const broker = await stage.accept();
      await broker.expect5("CONNECT");
      await broker.send(connack5(true));
      await broker.readToEnd();
      equal(await failed, "failed");
    },
  ),
  clientSequence("3.2.2-5", "discards its session on session present 0", async (stage) => {
    const { client, broker } = await stage.connected5(SESSION);
    client.onMessage("t", () => {});
    await broker.send(publish5("t", "x", { qos: 2, id: 9 }));
    await broker.expectPacket("PUBREC");
    await broker.close();
    const { broker: again } = await stage.welcome5({}, false);
    const got: string[] = [];
    client.onMessage("t", (message) => void got.push(message.text()));
    await again.send(publish5("t", "new", { qos: 2, id: 9 }));
    await again.expectPacket("PUBREC");
    equal(got, ["new"]);
  }),
  clientSequence(
    "3.1.2-23 4.1.0-1",
    "keeps its session from one connection to the next",
    async (stage) => {
      const { client, broker } = await stage.connected5(SESSION);
      const done = client.publish("t", "x", { qos: 1 });
      const first = await broker.expect5("PUBLISH");
      await broker.close();
      const { broker: again, connect } = await stage.welcome5({}, true);
      equal(connect.connectFlags & 2, 0);
      const second = await again.expect5("PUBLISH");
      equal([second.id, second.dup], [first.id, true]);
      await again.send(hex(`40 02 ${toHex(Uint8Array.of(first.id >> 8, first.id & 255))}`));
      await done;
    },
  ),
  clientSequence("3.1.2-20", "sends PINGREQ while there is nothing else to send", async (stage) => {
    const clock = new FakeClientClock();
    const { client, broker } = await stage.connected5({ keep_alive: 10, ping_delay: 1 }, {}, clock);
    for (let i = 0; i < 2; i++) {
      clock.advance(9000);
      await broker.expect(PINGREQ);
      await broker.send(PINGRESP);
      await nothingSent(client, broker); // the answer has been read
    }
  }),
  clientSequence("3.1.2-21 3.2.2-21", "uses the keep alive that CONNACK tells", async (stage) => {
    const clock = new FakeClientClock();
    const told = { serverKeepAlive: 10 };
    const { broker } = await stage.connected5({ keep_alive: 600, ping_delay: 1 }, told, clock);
    clock.advance(9000);
    await broker.expect(PINGREQ);
    await broker.send(PINGRESP);
  }),
  clientSequence(
    "3.14.2-1 3.14.4-1 3.14.4-2",
    "sends DISCONNECT last and closes",
    async (stage) => {
      const { client, broker } = await stage.connected5();
      const left = client.disconnect();
      equal((await broker.expect5("DISCONNECT")).reasonCode, 0);
      await broker.expectClosed();
      await left;
    },
  ),
  clientSequence(
    "3.14.2-3 3.14.2-4",
    "sends no DISCONNECT above the server's maximum packet size",
    async (stage) => {
      const { client, broker } = await stage.connected5({}, { maximumPacketSize: 20 });
      const options = { reasonString: "r".repeat(50), userProperties: { a: "b".repeat(50) } };
      const left = client.disconnect(options).catch(() => client.disconnect());
      const rest = await broker.readToEnd();
      if (rest.length > 20) throw new Error(`${rest.length} bytes`);
      await left;
    },
  ),
  clientSequence(
    "3.14.1-1",
    "answers a DISCONNECT with reserved flags by DISCONNECT 0x81",
    async (stage) => {
      const { broker } = await stage.connected5({ auto_reconnect: false });
      await broker.send(hex("e1 00"));
      equal((await broker.expect5("DISCONNECT")).reasonCode, 0x81);
      await broker.expectClosed();
    },
  ),
  clientSequence("3.14.4-2", "closes at the server's DISCONNECT, without a word", async (stage) => {
    const { broker } = await stage.connected5({ auto_reconnect: false });
    await broker.send(disconnect5(0x8b));
    await broker.expectClosed();
  }),
  clientSequence("4.12.0-7", "sends no AUTH without a method", async (stage) => {
    const { client, broker } = await stage.connected5();
    await client.reauthenticate().catch(() => {});
    await nothingSent(client, broker);
  }),
];
