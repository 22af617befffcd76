/** Sessions that are away and have full queues: every message is lost to each. Invariant: 1,100 sessions, 200 messages. */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import {
  connectFrame,
  packetIdOffset,
  publishFrame,
  subscribeFrame,
} from "../../lib/cli/load/frames.ts";
import { writeAll } from "../../lib/io.ts";
import type { Attack, Scene } from "./attack.ts";

const SESSIONS = 1100;
const MESSAGES = 200;
/** Bytes of payload. */
const SIZE = 10;
const CLEAN_FLAG = 0x02;
const DISCONNECT = Uint8Array.of(0xe0, 0);

/** A session that is kept, with a subscription at QoS 1. */
async function leaveSession({ target }: Scene, clientId: string): Promise<void> {
  const socket = await target.dial();
  const connect = connectFrame(clientId);
  connect[9]! &= ~CLEAN_FLAG;
  await writeAll(socket, connect);
  await writeAll(socket, subscribeFrame(["lost"], 1));
  // CONNACK and SUBACK: nine bytes.
  for (let read = 0; read < 9;) read += await socket.read(new Uint8Array(9)) ?? 9;
  await writeAll(socket, DISCONNECT);
  socket.close();
}

export const losingSessions: Attack = {
  name: "losing-sessions",
  what:
    "200 messages to 1,100 sessions that are away and whose queues are full; how long all take (ms)",
  midge: "max_queued_messages: 1\n",
  mosquitto: "max_queued_messages 1\n",
  run: async (scene) => {
    for (let n = 0; n < SESSIONS && !scene.signal.aborted; n += 50) {
      const some = Array.from({ length: 50 }, (_, i) => leaveSession(scene, `away${n + i}`));
      await Promise.all(some);
    }
    const publisher = await LoadConnection.open(scene.target, "publisher");
    const since = performance.now();
    let acknowledged = 0;
    for (let n = 1; n <= MESSAGES; n++) {
      const frame = publishFrame("lost", 1, SIZE);
      frame[packetIdOffset(frame) + 1] = n;
      publisher.push(frame);
    }
    publisher.flush();
    while (acknowledged < MESSAGES && await publisher.readOnce(() => acknowledged++));
    publisher.close();
    return { "all messages": Math.round(performance.now() - since) };
  },
};
