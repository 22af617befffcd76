/** The end of a WebSocket that carries MQTT 5: DISCONNECT first, as a message, then the close frame with the same words. */
import { assertEquals } from "@std/assert";
import { ClockedBroker } from "../support/clocked_broker.ts";
import { parsePacket } from "../support/raw_packets.ts";
import { connect5 } from "../support/raw_packets5.ts";
import { parse5 } from "../support/raw_parse5.ts";
import { Opcode, RawWebSocket } from "../support/raw_websocket.ts";

async function packetOf(socket: RawWebSocket) {
  const frame = await socket.nextFrame();
  assertEquals(frame?.opcode, Opcode.BINARY);
  const packet = parse5(parsePacket(frame!.payload)!);
  return [packet.type, "reasonCode" in packet && packet.reasonCode, packet.properties.reasonString];
}

Deno.test("ws: DISCONNECT, then the close frame; the same of a refused CONNECT", async () => {
  const listeners = { default: { type: "ws" as const, bind: "127.0.0.1:0" } };
  await using it = await ClockedBroker.start({ listeners, max_sessions: 1 });
  const address = { ...it.address, path: "/mqtt" };
  await using socket = await RawWebSocket.dial(address);
  await socket.send(connect5({ clientId: "c" }));
  assertEquals((await packetOf(socket)).slice(0, 2), ["CONNACK", 0]);
  await using other = await RawWebSocket.dial(address);
  await other.send(connect5({ clientId: "d" }));
  assertEquals(await packetOf(other), ["CONNACK", 0x97, "max_sessions is reached"]);
  assertEquals(await other.expectClose(), [1008, "refused: max_sessions is reached"]);
  it.broker.kick("c");
  assertEquals(await packetOf(socket), ["DISCONNECT", 0x98, "kicked"]);
  assertEquals(await socket.expectClose(), [1008, "kicked"]);
});
