/**
 * What promises state is held back as a journal will hold it: nothing of it leaves before the hold is released, in its
 * order then, and nothing overtakes CONNACK.
 */
import { assertEquals } from "@std/assert";
import { Client } from "../../lib/broker/client.ts";
import { Core } from "../../lib/broker/core.ts";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import { loggerFor } from "../../lib/log/logger.ts";
import { PluginHost } from "../../lib/plugin/host.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeStream } from "../support/fake_stream.ts";
import {
  connack,
  connect,
  PINGREQ,
  PINGRESP,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  suback,
  subscribe,
  toHex,
  unsuback,
  unsubscribe,
} from "../support/raw_packets.ts";
import { turn, until } from "../support/until.ts";

/** A core that lets everyone in, and one connection to it. */
class Stage {
  readonly core: Core;
  readonly stream = new FakeStream();
  readonly client: Client;
  readonly running: Promise<void>;

  constructor(core = makeCore()) {
    this.core = core;
    const door = { name: "default", type: "tcp", maxConnections: Infinity, connections: 1 };
    const peer = { address: "192.0.2.7", port: 4711 };
    const at = core.clock.now();
    this.client = new Client(core, { stream: this.stream, peer, door, at, refusal: undefined });
    this.running = this.client.connection.run();
  }

  /** The broker gets these packets, and what it then writes is looked at. */
  async says(...packets: Uint8Array[]): Promise<string> {
    this.stream.give(...packets);
    return await this.wrote();
  }

  /** What was written since the last look. */
  async wrote(): Promise<string> {
    for (let i = 0; i < 5; i++) await turn();
    return toHex(Uint8Array.from(this.stream.written.splice(0)));
  }

  async end(): Promise<void> {
    this.stream.end();
    await this.running;
  }
}

function makeCore(): Core {
  const config = normalizeConfig({}, { directory: Deno.cwd() });
  const core = new Core(config, new FakeClock(), loggerFor("broker"));
  const hooks = { authenticate: () => "allow" as const };
  const plugin = {
    name: "open",
    logger: loggerFor("plugins"),
    hooks,
    traits: {},
    config: config.plugins[0]!,
  };
  core.usePlugins([plugin] as unknown as PluginHost["plugins"]);
  return core;
}

const hex = (...packets: Uint8Array[]) => packets.map((packet) => toHex(packet)).join(" ");

Deno.test("every acknowledgement waits for the hold in front of it; a ping does not", async () => {
  const it = new Stage();
  assertEquals(await it.says(connect({ clientId: "c" })), hex(connack(false, 0)));
  const hold = it.client.acks.hold();
  const held = await it.says(
    publish("t", "x", { qos: 1, id: 1 }),
    publish("t", "x", { qos: 2, id: 2 }),
    pubrel(2),
    subscribe(3, ["s", 1]),
    unsubscribe(4, "s"),
    pubrec(9),
    PINGREQ,
  );
  assertEquals(held, hex(PINGRESP));
  hold.release();
  const acks = [puback(1), pubrec(2), pubcomp(2), suback(3, 1), unsuback(4), pubrel(9)];
  assertEquals(await it.wrote(), hex(...acks));
  await it.end();
});

Deno.test("a CONNACK that is held: what the session has waiting comes behind it", async () => {
  const core = makeCore();
  const first = new Stage(core);
  await first.says(connect({ clientId: "c", cleanSession: false }), subscribe(1, ["t", 1]));
  await first.end();
  const publisher = new Stage(core);
  await publisher.says(connect({ clientId: "p" }), publish("t", "one", { qos: 1, id: 1 }));
  const second = new Stage(core);
  const hold = second.client.acks.hold();
  assertEquals(await second.says(connect({ clientId: "c", cleanSession: false })), "");
  await publisher.says(publish("t", "two", { qos: 1, id: 2 }));
  assertEquals(await second.says(PINGREQ), hex(PINGRESP), "the loop goes on meanwhile");
  hold.release();
  const messages = [publish("t", "one", { qos: 1, id: 1 }), publish("t", "two", { qos: 1, id: 2 })];
  assertEquals(await second.wrote(), hex(connack(true, 0), ...messages));
  await Promise.all([publisher.end(), second.end()]);
});

Deno.test("a SUBACK that is held: the retained messages come behind it", async () => {
  const it = new Stage();
  await it.says(connect({ clientId: "c" }), publish("t", "kept", { retain: true }));
  const hold = it.client.acks.hold();
  assertEquals(await it.says(subscribe(1, ["t", 0])), "");
  hold.release();
  assertEquals(await it.wrote(), hex(suback(1, 0), publish("t", "kept", { retain: true })));
  await it.end();
});

Deno.test("a connection that is owed 64 KiB of acknowledgements is read no further", async () => {
  const it = new Stage();
  await it.says(connect({ clientId: "c" }));
  const hold = it.client.acks.hold();
  const count = 16_384;
  const packets = Array.from({ length: count }, (_, i) => publish("t", "", { qos: 1, id: i + 1 }));
  await it.says(...packets);
  assertEquals(await it.says(PINGREQ), "", "the ping is not read");
  hold.release();
  await until(
    () => it.stream.written.length === count * 4 + 2,
    "the acknowledgements and the ping",
  );
  await it.end();
});
