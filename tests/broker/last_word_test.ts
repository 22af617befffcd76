/** What a client of MQTT 5 hears of each code that there is, and what it does not get to read. */
import { assertEquals } from "@std/assert";
import type { Client } from "../../lib/broker/client.ts";
import { Core } from "../../lib/broker/core.ts";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import { loggerFor } from "../../lib/log/logger.ts";
import { ReasonCode } from "../../lib/wire/codes.ts";
import { ProtocolError } from "../../lib/wire/errors.ts";
import { captureLog } from "../support/clocked_broker.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeStream } from "../support/fake_stream.ts";
import { parsePacket } from "../support/raw_packets.ts";
import { parse5 } from "../support/raw_parse5.ts";

/** A client that has come and said nothing. */
function stranger(): { client: Client; end: () => Promise<void> } {
  captureLog();
  const config = normalizeConfig({}, { directory: Deno.cwd() });
  const core = new Core(config, new FakeClock(), loggerFor("broker"));
  const stream = new FakeStream();
  const door = { name: "d", type: "tcp", maxConnections: Infinity, connections: 0 };
  const over = core.connections.accept({ stream, peer: { address: "192.0.2.7", port: 1 } }, door);
  const [client] = core.connections.clients;
  return {
    client: client!,
    end: () => {
      stream.end();
      return over;
    },
  };
}

/** Code and reason string of the frame. */
function heard(client: Client, code: ReasonCode, error?: Error): unknown[] {
  const frame = client.lastWord({ code, text: "why" }, error);
  if (frame === undefined) return [];
  const packet = parse5(parsePacket(frame)!);
  if (packet.type !== "CONNACK" && packet.type !== "DISCONNECT") throw new Error(packet.type);
  return [packet.type, packet.reasonCode, packet.properties.reasonString];
}

const CONNACK_ONLY = [0x84, 0x85, 0x86, 0x88, 0x8a, 0x8c];

Deno.test("every code reaches the client, as itself or as the nearest that its packet has", async () => {
  const { client, end } = stranger();
  client.info.protocolLevel = client.connection.outbound.protocolLevel = 5;
  for (const code of Object.values(ReasonCode)) {
    client.hears = "disconnect";
    const [disconnect] = [heard(client, code)];
    client.hears = "connack";
    const connack = heard(client, code);
    if (code < 0x80) {
      assertEquals([disconnect, connack], [[], []]);
      continue;
    }
    assertEquals([disconnect[0], disconnect[2]], ["DISCONNECT", "why"]);
    assertEquals([connack[0], connack[2]], ["CONNACK", "why"]);
    if (CONNACK_ONLY.includes(code)) assertEquals(connack[1], code);
  }
  client.hears = "disconnect";
  assertEquals(heard(client, ReasonCode.BANNED)[1], ReasonCode.NOT_AUTHORIZED);
  assertEquals(heard(client, ReasonCode.SERVER_UNAVAILABLE)[1], ReasonCode.SERVER_BUSY);
  assertEquals(heard(client, ReasonCode.PACKET_IDENTIFIER_IN_USE)[1], ReasonCode.PROTOCOL_ERROR);
  client.hears = "connack";
  assertEquals(heard(client, ReasonCode.SERVER_SHUTTING_DOWN)[1], ReasonCode.SERVER_UNAVAILABLE);
  client.hears = "nothing";
  assertEquals(heard(client, ReasonCode.BANNED), []);
  await end();
});

Deno.test("a fault of the broker is told as one, without its words; the peer's own with its words", async () => {
  const { client, end } = stranger();
  client.info.protocolLevel = client.connection.outbound.protocolLevel = 5;
  client.hears = "disconnect";
  const told = (error: Error) => heard(client, ReasonCode.UNSPECIFIED_ERROR, error)[2];
  assertEquals(told(new TypeError("cannot read /etc/secret")), "a fault of the broker");
  assertEquals(told(new ProtocolError("yours", "1.2")), "why");
  await end();
});

Deno.test("a lost connection, and a client before MQTT 5, hear nothing", async () => {
  const { client, end } = stranger();
  assertEquals(client.lastWord({ code: undefined, text: "gone" }, undefined), undefined);
  assertEquals(heard(client, ReasonCode.SERVER_SHUTTING_DOWN), []);
  client.hears = "disconnect";
  assertEquals(heard(client, ReasonCode.SERVER_SHUTTING_DOWN), []);
  await end();
});
