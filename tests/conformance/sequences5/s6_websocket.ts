/**
 * Section 6, MQTT 5 over WebSocket. Every sequence needs the broker's WebSocket address.
 */
import { bytes, PINGREQ, PINGRESP } from "../../support/raw_packets.ts";
import { connect5, disconnect5, publish5 } from "../../support/raw_packets5.ts";
import { frame, Opcode, RawWebSocket } from "../../support/raw_websocket.ts";
import { type Sequence, sequence } from "../sequence.ts";
import type { Stage } from "../stage.ts";

type Run = (stage: Stage, socket: RawWebSocket) => Promise<void>;

/** A sequence with an upgraded connection, closed afterwards. */
function onSocket(numbers: string, title: string, run: Run): Sequence {
  return sequence(numbers, title, async (stage) => {
    await using socket = await RawWebSocket.dial(stage.target.websocket!);
    if (socket.answer.status !== 101) throw new Error(`upgrade answered ${socket.answer.status}`);
    await run(stage, socket);
  }, { needs: "websocket" });
}

/** The next frame holds an accepting CONNACK. */
async function welcomed(socket: RawWebSocket): Promise<void> {
  const answer = await socket.nextFrame();
  if (answer?.opcode !== Opcode.BINARY) throw new Error(`a frame ${answer?.opcode}`);
  const { payload } = answer;
  if (payload[0] !== 0x20 || payload[3] !== 0) throw new Error(`${payload}`);
}

/** The same with an accepted CONNECT. */
function connected(numbers: string, title: string, run: Run): Sequence {
  return onSocket(numbers, title, async (stage, socket) => {
    await socket.send(connect5({ clientId: stage.newId() }));
    await welcomed(socket);
    await run(stage, socket);
  });
}

function selection(
  title: string,
  protocols: string,
  isRight: (text: string | undefined) => boolean,
): Sequence {
  return sequence("6.0.0-4", title, async (stage) => {
    await using socket = await RawWebSocket.dial(stage.target.websocket!, protocols);
    const selected = socket.answer.headers.get("sec-websocket-protocol");
    const upgraded = socket.answer.status === 101;
    if (!isRight(upgraded ? selected ?? undefined : undefined)) {
      throw new Error(`selected ${selected}`);
    }
  }, { needs: "websocket" });
}

export const WEBSOCKET_5: Sequence[] = [
  selection("selects the subprotocol mqtt", "mqtt", (selected) => selected === "mqtt"),
  selection("selects mqtt among others", "chat, mqtt", (selected) => selected === "mqtt"),
  selection("selects no subprotocol where mqtt is not offered", "chat", (selected) => !selected),
  connected("6.0.0-1", "answers in binary frames", async (_stage, socket) => {
    await socket.send(PINGREQ);
    await socket.expect(PINGRESP);
  }),
  onSocket("6.0.0-1", "closes on a CONNECT in a text frame", async (stage, socket) => {
    await socket.raw.sendAnyway(frame(Opcode.TEXT, connect5({ clientId: stage.newId() })));
    await socket.expectClosed();
  }),
  connected("6.0.0-1", "publishes the will of a client that sends a text frame", async (stage) => {
    const watcher = await stage.open5();
    await watcher.requested([[stage.topic("will"), 0]]);
    await using socket = await RawWebSocket.dial(stage.target.websocket!);
    const will = { topic: stage.topic("will"), payload: "gone" };
    await socket.send(connect5({ clientId: stage.newId(), will }));
    await welcomed(socket);
    await socket.raw.sendAnyway(frame(Opcode.TEXT, PINGREQ));
    await watcher.gets("gone/0");
  }),
  onSocket("6.0.0-2", "reads several packets in one frame", async (stage, socket) => {
    await socket.send(bytes(connect5({ clientId: stage.newId() }), PINGREQ, PINGREQ));
    await welcomed(socket);
    await socket.expect(PINGRESP, PINGRESP);
  }),
  onSocket("6.0.0-2", "reads packets in frames of one byte", async (stage, socket) => {
    for (const byte of connect5({ clientId: stage.newId(), properties: { receiveMaximum: 5 } })) {
      await socket.send(Uint8Array.of(byte));
    }
    await welcomed(socket);
  }),
  connected(
    "6.0.0-2",
    "reads a PUBLISH whose properties are split over frames",
    async (stage, socket) => {
      const peer = await stage.open5();
      await peer.requested([[stage.topic("t"), 0]]);
      const properties = {
        contentType: "text",
        userProperties: [["a", "b"]] as [string, string][],
      };
      const data = publish5(stage.topic("t"), "x", { properties });
      for (let at = 0; at < data.length; at += 5) await socket.send(data.slice(at, at + 5));
      const got = await peer.take();
      if (JSON.stringify(got.properties) !== JSON.stringify(properties)) throw new Error("other");
    },
  ),
  connected("6.0.0-1 3.14.4-2", "ends the connection at DISCONNECT", async (_stage, socket) => {
    await socket.send(disconnect5(4, { reasonString: "enough" }));
    await socket.expectClosed();
  }),
];
