/** 4,000 CONNECTs into a source that takes 40 ms, while a connected client publishes. Invariant: each logs in once. */
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { Header, packetIdOffset, publishFrame } from "../../lib/cli/load/frames.ts";
import { Times } from "../../lib/cli/load/percentiles.ts";
import { delay } from "../../lib/cli/load/run.ts";
import type { Attack, Scene } from "./attack.ts";
import { flood } from "./flood_worker.ts";
import { SlowSource } from "./slow_source.ts";

const SOURCE_MS = 40;
const LOGINS = 4000;
const EVERY_MS = 50;
const MESSAGES = 160;

const source = new SlowSource(SOURCE_MS);

/** A client inside: publishes at QoS 1 to a new topic each time, so that each asks the source. */
async function publish({ target }: Scene): Promise<Record<string, number>> {
  const watcher = await LoadConnection.open(target, "watcher");
  await watcher.subscribe(["s/#"], 0);
  let delivered = 0;
  const watching = watcher.consume((header) => {
    if (header >> 4 === Header.PUBLISH >> 4) delivered++;
  }, () => {});
  const sensor = await LoadConnection.open(target, "sensor");
  const times = new Times();
  let since = 0;
  for (let n = 1; n <= MESSAGES; n++) {
    const frame = publishFrame(`s/${n}`, 1, 10);
    frame[packetIdOffset(frame) + 1] = n & 255 || 1;
    since = performance.now();
    await sensor.write(frame);
    let isAcknowledged = false;
    while (!isAcknowledged && await sensor.readOnce(() => isAcknowledged = true));
    times.add(performance.now() - since);
    await delay(Math.max(0, EVERY_MS - (performance.now() - since)));
  }
  await delay(200);
  sensor.close();
  watcher.close();
  await watching;
  const { p50 = NaN, max = NaN } = times.percentiles();
  const inMilliseconds = (time: number) => Math.round(time / 100) / 10;
  return {
    published: MESSAGES,
    delivered,
    "PUBACK median": inMilliseconds(p50),
    "PUBACK longest": inMilliseconds(max),
  };
}

export const loginFlood: Attack = {
  name: "login-flood",
  what:
    "4,000 logins at once into an HTTP source that takes 40 ms; what a client inside waits for the " +
    "PUBACK of messages that ask that source too (ms)",
  midge: source.yaml,
  beside: () => source.start(),
  run: async (scene) => {
    const inside = publish(scene);
    await delay(1000);
    const codes = await flood({ address: scene.broker.address, logins: LOGINS });
    const found = await inside;
    return {
      ...found,
      "let in": codes[0] ?? 0,
      refused: codes[3] ?? 0,
    };
  },
};
