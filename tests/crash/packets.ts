/** The packets that a client of the load sends, in its version. */
import {
  connect,
  publish,
  type RawPublish,
  subscribe,
  unsubscribe,
} from "../support/raw_packets.ts";
import { connect5, publish5, subscribe5, unsubscribe5 } from "../support/raw_packets5.ts";
import type { Mark, Qos } from "./history.ts";
import type { Level } from "./incoming.ts";
import { payloadOf } from "./payload.ts";

const FOR_EVER = 0xffff_ffff;

/** How a client connects. */
export interface ConnectOptions {
  /** What was there before ends. */
  readonly clean?: boolean;
  /** The session outlives the connection; default true. In 3.1.1 a clean one never does. */
  readonly kept?: boolean;
  readonly will?: Mark;
}

/** CONNECT; a will has QoS 1 and is retained. */
export function connectPacket(
  level: Level,
  clientId: string,
  { clean = false, kept = true, will }: ConnectOptions,
  receiveMaximum: number | undefined,
): Uint8Array {
  const options = {
    clientId,
    cleanSession: clean,
    keepAlive: 0,
    ...(will !== undefined && {
      will: { topic: will.topic, payload: payloadOf(will), qos: 1, retain: true },
    }),
  };
  if (level === 4) return connect(options);
  const properties = {
    ...(kept && { sessionExpiryInterval: FOR_EVER }),
    ...(receiveMaximum !== undefined && { receiveMaximum }),
  };
  return connect5({ ...options, properties });
}

/** PUBLISH. */
export function publishPacket(
  level: Level,
  topic: string,
  payload: string,
  options: RawPublish,
): Uint8Array {
  return (level === 4 ? publish : publish5)(topic, payload, options);
}

/** SUBSCRIBE with one filter. */
export function subscribePacket(
  level: Level,
  id: number,
  filter: string,
  qos: Qos | 0,
): Uint8Array {
  return level === 4 ? subscribe(id, [filter, qos]) : subscribe5(id, [[filter, qos]]);
}

/** UNSUBSCRIBE with one filter. */
export function unsubscribePacket(level: Level, id: number, filter: string): Uint8Array {
  return level === 4 ? unsubscribe(id, filter) : unsubscribe5(id, [filter]);
}
