/**
 * Section 6, MQTT over WebSocket. Every sequence needs the broker's WebSocket address.
 */
import {
  bytes,
  connack,
  connect,
  DISCONNECT,
  PINGREQ,
  PINGRESP,
  puback,
  publish,
  suback,
  subscribe,
} from "../../support/raw_packets.ts";
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

/** The same with an accepted CONNECT. */
function connected(numbers: string, title: string, run: Run): Sequence {
  return onSocket(numbers, title, async (stage, socket) => {
    await socket.send(connect({ clientId: stage.newId() }));
    await socket.expect(connack(false, 0));
    await run(stage, socket);
  });
}

/** What the server selects when a client offers `protocols`. */
function selection(
  title: string,
  protocols: string,
  wanted: (selected: string | undefined) => boolean,
): Sequence {
  return sequence("6.0.0-4", title, async (stage) => {
    await using socket = await RawWebSocket.dial(stage.target.websocket!, protocols);
    const selected = socket.answer.headers.get("sec-websocket-protocol");
    const upgraded = socket.answer.status === 101;
    if (!wanted(upgraded ? selected ?? "" : undefined)) throw new Error(`selected ${selected}`);
  }, { needs: "websocket" });
}

export const WEBSOCKET: Sequence[] = [
  selection("selects the subprotocol mqtt", "mqtt", (selected) => selected === "mqtt"),
  selection("selects mqtt among others", "chat, mqtt", (selected) => selected === "mqtt"),
  selection("selects no subprotocol where mqtt is not offered", "chat", (selected) => !selected),
  connected("6.0.0-1", "answers in binary frames", async (_stage, socket) => {
    await socket.send(PINGREQ);
    const answer = await socket.nextFrame();
    if (answer?.opcode !== Opcode.BINARY || `${answer.payload}` !== `${PINGRESP}`) {
      throw new Error(`${answer?.opcode}`);
    }
  }),
  onSocket("6.0.0-1", "closes on a CONNECT in a text frame", async (stage, socket) => {
    await socket.raw.sendAnyway(frame(Opcode.TEXT, connect({ clientId: stage.newId() })));
    await socket.expectClosed();
  }),
  connected("6.0.0-1", "closes on a text frame after CONNECT", async (_stage, socket) => {
    await socket.raw.sendAnyway(frame(Opcode.TEXT, PINGREQ));
    await socket.expectClosed();
  }),
  onSocket("6.0.0-2", "reads several packets in one frame", async (stage, socket) => {
    const topic = stage.topic("t");
    await socket.send(
      bytes(
        connect({ clientId: stage.newId() }),
        subscribe(1, [topic, 0]),
        publish(topic, "x"),
        PINGREQ,
      ),
    );
    await socket.expect(connack(false, 0), suback(1, 0), publish(topic, "x"), PINGRESP);
  }),
  onSocket("6.0.0-2", "reads packets in frames of one byte", async (stage, socket) => {
    for (const byte of bytes(connect({ clientId: stage.newId() }), PINGREQ)) {
      await socket.send(Uint8Array.of(byte));
    }
    await socket.expect(connack(false, 0), PINGRESP);
  }),
  onSocket("6.0.0-2", "reads a packet in fragments of a message", async (stage, socket) => {
    const data = connect({ clientId: stage.newId() });
    await socket.raw.send(
      frame(Opcode.BINARY, data.slice(0, 3), false),
      frame(Opcode.CONTINUATION, data.slice(3, 9), false),
      frame(Opcode.CONTINUATION, data.slice(9)),
    );
    await socket.expect(connack(false, 0));
  }),
  connected("6.0.0-2", "reads a frame that ends within a packet", async (stage, socket) => {
    const data = bytes(PINGREQ, publish(stage.topic("t"), "x", { qos: 1, id: 4 }), PINGREQ);
    await socket.send(data.slice(0, 9));
    await socket.send(data.slice(9));
    await socket.expect(PINGRESP, puback(4), PINGRESP);
  }),
  connected("6.0.0-2", "reads an empty frame", async (_stage, socket) => {
    await socket.send(bytes());
    await socket.send(PINGREQ);
    await socket.expect(PINGRESP);
  }),
  connected("6.0.0-2", "passes 70,000 bytes from WebSocket to TCP", async (stage, socket) => {
    const peer = await stage.subscriber(stage.topic("t"));
    await socket.send(publish(stage.topic("t"), "p".repeat(70_000)));
    if ((await peer.receive()).payload !== "p".repeat(70_000)) throw new Error("another payload");
  }),
  connected("6.0.0-2", "passes 70,000 bytes from TCP to WebSocket", async (stage, socket) => {
    const topic = stage.topic("t");
    await socket.send(subscribe(1, [topic, 0]));
    await socket.expect(suback(1, 0));
    const publisher = await stage.open();
    await publisher.raw.send(publish(topic, "p".repeat(70_000)));
    await socket.expect(publish(topic, "p".repeat(70_000)));
  }),
  connected(
    "6.0.0-1 7.0.0-2",
    "answers a WebSocket ping between packets",
    async (_stage, socket) => {
      await socket.raw.send(frame(Opcode.PING, bytes("are you there")));
      const pong = await socket.nextFrame();
      if (pong?.opcode !== Opcode.PONG) throw new Error(`got ${pong?.opcode}`);
      await socket.send(PINGREQ);
      await socket.expect(PINGRESP);
    },
  ),
  connected("6.0.0-1", "ends the connection at a WebSocket close", async (_stage, socket) => {
    await socket.raw.send(frame(Opcode.CLOSE, bytes(0x03, 0xe8)));
    await socket.expectClosed();
  }),
  connected("6.0.0-1 4.8.0-1", "closes on a malformed packet", async (_stage, socket) => {
    await socket.send(bytes(0xf0, 0));
    await socket.expectClosed();
  }),
  connected("6.0.0-1", "ends the connection at DISCONNECT", async (_stage, socket) => {
    await socket.send(DISCONNECT);
    await socket.expectClosed();
  }),
  onSocket(
    "6.0.0-1 3.1.2-8",
    "publishes the will when the socket ends without DISCONNECT",
    async (stage, socket) => {
      const watcher = await stage.subscriber(stage.topic("will"));
      const will = { topic: stage.topic("will"), payload: "gone" };
      await socket.send(connect({ clientId: stage.newId(), will }));
      await socket.expect(connack(false, 0));
      await socket.close();
      await watcher.receive();
    },
  ),
  onSocket(
    "6.0.0-1 3.1.4-2",
    "takes a client over between WebSocket and TCP",
    async (stage, socket) => {
      const clientId = stage.newId();
      await socket.send(connect({ clientId }));
      await socket.expect(connack(false, 0));
      await stage.open({ clientId });
      await socket.expectClosed();
    },
  ),
];
