/** The load generator over WebSocket: its frames are whole, and their masks random. Rows name their transport. */
import { assert, assertEquals } from "@std/assert";
import { ALL_ROWS, partsOf } from "../../bench/rows.ts";
import { midgeListeners, mosquittoListeners } from "../../bench/doors.ts";
import { clientFrame } from "../../bench/load/web_socket.ts";
import { applyMask, readHead } from "../../lib/net/transport/ws_frame.ts";

for (const length of [0, 1, 125, 126, 8192, 65_535]) {
  Deno.test(`a frame of ${length} bytes is read back`, () => {
    const payload = Uint8Array.from({ length }, (_, i) => i & 0xff);
    const frame = clientFrame(payload);
    const head = readHead(frame, 0, frame.length)!;
    assertEquals([head.opcode, head.isFinal, head.length], [2, true, length]);
    const body = frame.slice(head.size);
    applyMask(body, head.mask!, 0);
    assertEquals(body, payload);
  });
}

Deno.test("masks are random, and none is used for two frames", () => {
  const masks = Array.from({ length: 10_000 }, () => {
    const frame = clientFrame(Uint8Array.of(1));
    return readHead(frame, 0, frame.length)!.mask!;
  });
  assert(new Set(masks).size > 9_990, `${new Set(masks).size} different masks`);
  assert(masks.filter((mask) => mask === 0).length < 2);
});

Deno.test("a load's name says its transport; without one it is tcp", () => {
  assertEquals(partsOf("pairs-qos0"), { load: "pairs-qos0", transport: "tcp" });
  assertEquals(partsOf("pairs-qos1-wss"), { load: "pairs-qos1", transport: "wss" });
  assertEquals(partsOf("connections-ws"), { load: "connections", transport: "ws" });
  const loads = new Set(ALL_ROWS.map((row) => row.load));
  for (const load of ["pairs-qos0-ws", "pairs-qos1-tls", "handshakes-tls", "connections-wss"]) {
    assert(loads.has(load), load);
  }
});

Deno.test("both brokers have the same listeners", () => {
  const ports = new Map([["tcp", 1], ["ws", 2], ["wss", 3]] as const);
  const midge = midgeListeners(ports);
  assertEquals(midge.match(/127\.0\.0\.1:\d/g), ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"]);
  assertEquals([midge.match(/type: ws/g)?.length, midge.match(/ssl: true/g)?.length], [2, 1]);
  const mosquitto = mosquittoListeners(ports);
  assertEquals(mosquitto.match(/^listener \d/gm), ["listener 1", "listener 2", "listener 3"]);
  assertEquals(mosquitto.match(/websockets/g)?.length, 2);
});
