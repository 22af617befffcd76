/**
 * Section 6: Midge's client over WebSocket.
 */
import type { RawClient } from "../../support/raw_client.ts";
import { bytes, connack, puback, publish } from "../../support/raw_packets.ts";
import { acceptUpgrade, Opcode, readFrame, serverFrame } from "../../support/raw_websocket.ts";
import { equal } from "../checks.ts";
import type { ClientStage } from "../client_stage.ts";
import { type ClientSequence, clientSequence } from "../sequence.ts";

/** Upgrades the next connection; the first frame that comes on it is left to be read. */
async function upgraded(stage: ClientStage): Promise<{ broker: RawClient; offered: string[] }> {
  const broker = await stage.accept();
  return { broker, offered: await acceptUpgrade(broker) };
}

export const WEBSOCKET: ClientSequence[] = [
  clientSequence("6.0.0-3", "offers the subprotocol mqtt", async (stage) => {
    const client = stage.client({ reconnect_retries: 0 }, "ws");
    client.connect().catch(() => {});
    equal((await upgraded(stage)).offered, ["mqtt"]);
  }),
  clientSequence("6.0.0-1", "sends CONNECT in a binary frame", async (stage) => {
    const client = stage.client({ reconnect_retries: 0 }, "ws");
    client.connect().catch(() => {});
    const { broker } = await upgraded(stage);
    const first = await readFrame(broker);
    equal([first?.opcode, first?.payload[0]], [Opcode.BINARY, 0x10]);
  }),
  clientSequence("6.0.0-2", "reads packets that frames cut anywhere", async (stage) => {
    const client = stage.client({}, "ws");
    const connected = client.connect();
    const { broker } = await upgraded(stage);
    await readFrame(broker);
    const data = bytes(connack(false, 0), publish("t", "x", { qos: 1, id: 7 }));
    await broker.send(serverFrame(Opcode.BINARY, data.subarray(0, 1)));
    await broker.send(serverFrame(Opcode.BINARY, data.subarray(1, 9), false));
    await broker.send(serverFrame(Opcode.CONTINUATION, data.subarray(9)));
    await connected;
    const answer = await readFrame(broker);
    equal([...answer?.payload ?? []], [...puback(7)]);
  }),
  clientSequence("6.0.0-1", "closes on a text frame", async (stage) => {
    const client = stage.client({ reconnect_retries: 0, auto_reconnect: false }, "ws");
    const ended = client.connect().then(() => client.closed);
    const { broker } = await upgraded(stage);
    await readFrame(broker);
    await broker.send(serverFrame(Opcode.BINARY, connack(false, 0)));
    await broker.send(serverFrame(Opcode.TEXT, bytes(0xd0, 0)));
    const next = await readFrame(broker);
    if (next !== undefined && next.opcode !== Opcode.CLOSE) throw new Error(`frame ${next.opcode}`);
    await broker.close();
    await ended;
  }),
];
