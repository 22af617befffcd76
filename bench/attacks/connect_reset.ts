/**
 * Connections that are reset at once, without a byte of MQTT, and an honest client that comes in between. Invariant:
 * the resets are spread over {@link DURATION_MS}, so that a pause for each of them would show.
 */
import { connect } from "node:net";
import { LoadConnection } from "../../lib/cli/load/connection.ts";
import { Times } from "../../lib/cli/load/percentiles.ts";
import { delay } from "../../lib/cli/load/run.ts";
import type { TcpAddress } from "../../lib/cli/load/target.ts";
import type { Attack, Scene } from "./attack.ts";

const DURATION_MS = 5000;
/** 200 resets a second. */
const RESETS = 4;
const EVERY_MS = 20;
const COME_EVERY_MS = 100;

/** Connects, and resets as soon as that is done. */
function reset({ hostname, port }: TcpAddress): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect(port, hostname, () => socket.resetAndDestroy());
  socket.on("error", () => {});
  socket.on("close", () => resolve());
  return promise;
}

async function resetOften({ broker, signal }: Scene, until: number): Promise<number> {
  let done = 0;
  while (performance.now() < until && !signal.aborted) {
    await Promise.all(Array.from({ length: RESETS }, () => reset(broker.address)));
    done += RESETS;
    await delay(EVERY_MS);
  }
  return done;
}

/** How long an honest client takes to get in, again and again. */
async function comeOften({ target, signal }: Scene, until: number): Promise<Times> {
  const times = new Times();
  for (let i = 0; performance.now() < until && !signal.aborted; i++) {
    const since = performance.now();
    (await LoadConnection.open(target, `honest${i}`)).close();
    times.add(performance.now() - since);
    await delay(COME_EVERY_MS);
  }
  return times;
}

export const connectReset: Attack = {
  name: "connect-reset",
  what:
    "200 connections a second that are reset before they say CONNECT; how long an honest client " +
    "takes to get in (ms)",
  mosquitto: "",
  run: async (scene) => {
    const until = performance.now() + DURATION_MS;
    const [resets, times] = await Promise.all([
      resetOften(scene, until),
      comeOften(scene, until),
    ]);
    const { p50 = NaN, max = NaN } = times.percentiles();
    return {
      resets,
      "honest median": Math.round(p50 / 100) / 10,
      "honest longest": Math.round(max / 100) / 10,
    };
  },
};
