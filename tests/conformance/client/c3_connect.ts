/**
 * Sections 3.1, 3.2 and 3.14: how Midge's client connects, stays and leaves.
 */
import type { ClientOptions } from "../../../lib/client/config_types.ts";
import { nothingSent } from "../client_stage.ts";
import { FakeClientClock } from "../../support/fake_client_clock.ts";
import { UserError } from "../../../lib/user_error.ts";
import {
  bytes,
  connack,
  connect,
  DISCONNECT,
  PINGREQ,
  PINGRESP,
  puback,
  publish,
  type RawConnect,
  suback,
  toHex,
} from "../../support/raw_packets.ts";
import { equal } from "../checks.ts";
import { type ClientSequence, clientSequence } from "../sequence.ts";

/** What CONNECT must be for these options, byte by byte. */
const CONNECTS: [numbers: string, what: string, options: ClientOptions, wanted: RawConnect][] = [
  ["3.1.2-11 3.1.2-13 3.1.2-15 3.1.2-18 3.1.2-20 3.1.3-3 3.1.3-4", "nothing but an id", {}, {}],
  ["3.1.2-19 3.1.3-11", "a user name", { connection: { username: "é" } }, { username: "é" }],
  [
    "3.1.2-21 3.1.2-22",
    "a user name and a password",
    { connection: { username: "u", password: "p" } },
    { username: "u", password: "p" },
  ],
  [
    "3.1.2-9 3.1.3-10",
    "a will",
    { will: { topic: "w/é", message: "gone" } },
    { will: { topic: "w/é", payload: "gone" } },
  ],
  [
    "3.1.3-1 3.1.2-14",
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
    },
  ],
];

/** Options that would make a CONNECT the standard forbids. */
const REFUSED: [numbers: string, what: string, options: Record<string, unknown>][] = [
  ["3.1.2-14", "a will at QoS 3", { will: { topic: "w", qos: 3 } }],
  ["4.7.1-1", "a will topic with a wildcard", { will: { topic: "w/#" } }],
  ["4.7.3-1", "an empty will topic", { will: { topic: "" } }],
  ["3.1.3-7", "an empty client id with a kept session", { client_id: "", cleansession: false }],
];

export const CONNECTING: ClientSequence[] = [
  ...CONNECTS.map(([numbers, what, options, wanted]) =>
    clientSequence(
      `${numbers} 3.1.0-1`,
      `sends CONNECT with ${what}, byte by byte`,
      async (stage) => {
        const pair = await stage.connected({
          client_id: "conformance",
          keep_alive: 10,
          ...options,
        });
        const expected = connect({ clientId: "conformance", keepAlive: 10, ...wanted });
        equal(toHex(pair.connect.bytes), toHex(expected));
      },
    )
  ),
  ...REFUSED.map(([numbers, what, options]) =>
    clientSequence(numbers, `refuses ${what} before it connects`, (stage) => {
      try {
        stage.client(options as ClientOptions);
      } catch (error) {
        if (error instanceof UserError) return Promise.resolve();
        throw error;
      }
      throw new Error("accepted");
    })
  ),
  clientSequence("3.1.2-22", "sends no password flag without the user name flag", async (stage) => {
    let client;
    try {
      client = stage.client({ connection: { password: "p" } });
    } catch {
      return; // refused before it connects
    }
    const [{ connect }] = await Promise.all([stage.welcome(), client.connect()]);
    const flags = connect.body[7]!;
    if ((flags & 0x40) !== 0 && (flags & 0x80) === 0) throw new Error(`flags ${flags}`);
  }),
  clientSequence(
    "3.1.3-2 3.1.3-4",
    "keeps its client id for the next connection",
    async (stage) => {
      const { broker, connect } = await stage.connected();
      await broker.close();
      const again = await stage.welcome();
      equal(toHex(again.connect.bytes), toHex(connect.bytes));
    },
  ),
  clientSequence("3.2.2-4 3.2.2-5", "closes after a refusing CONNACK", async (stage) => {
    const client = stage.client({ reconnect_retries: 0 });
    const failed = client.connect().then(() => "connected", () => "refused");
    const broker = await stage.accept();
    await broker.expectPacket("CONNECT");
    await broker.send(connack(false, 5));
    await broker.expectClosed();
    equal(await failed, "refused");
  }),
  clientSequence(
    "3.2.0-1 4.8.0-1",
    "closes when the first packet is not CONNACK",
    async (stage) => {
      const client = stage.client({ reconnect_retries: 0 });
      const failed = client.connect().then(() => "connected", () => "failed");
      const broker = await stage.accept();
      await broker.expectPacket("CONNECT");
      await broker.send(publish("a", "x"));
      await broker.expectClosed();
      equal(await failed, "failed");
    },
  ),
  clientSequence("7.1.2-1 4.2.0-1", "reads what comes byte by byte", async (stage) => {
    const client = stage.client();
    const messages = client.messages("t");
    const connected = client.connect();
    const broker = await stage.accept();
    await broker.expectPacket("CONNECT");
    const data = bytes(connack(false, 0), publish("t", "whole", { qos: 1, id: 7 }));
    for (const byte of data) await broker.send(Uint8Array.of(byte));
    await connected;
    equal((await messages.next()).value?.text(), "whole");
    await messages.return?.();
    await broker.expect(puback(7));
  }),
  clientSequence("3.1.2-23", "sends PINGREQ while there is nothing else to send", async (stage) => {
    const clock = new FakeClientClock();
    const { client, broker } = await stage.connected({ keep_alive: 10, ping_delay: 1 }, clock);
    for (let i = 0; i < 2; i++) {
      clock.advance(9000);
      await broker.expect(PINGREQ);
      await broker.send(PINGRESP);
      await nothingSent(client, broker); // the answer has been read
    }
  }),
  clientSequence("3.14.4-1 3.14.4-2", "sends DISCONNECT last and closes", async (stage) => {
    const { client, broker } = await stage.connected();
    const disconnected = client.disconnect();
    await broker.expect(DISCONNECT);
    await broker.expectClosed();
    await disconnected;
  }),
  clientSequence("7.0.0-2", "uses nothing beyond the standard", async (stage) => {
    const { client, broker } = await stage.connected();
    const subscribed = client.subscribe("t");
    const { body } = await broker.expectPacket("SUBSCRIBE");
    await broker.send(suback(body[0]! << 8 | body[1]!, 0));
    equal(await subscribed, [0]);
  }),
];
