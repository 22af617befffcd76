/**
 * The limits of a listener: how many connections an address may have and make, how fast a client may send. Invariant:
 * a rate has its burst from here on; no rate is undefined.
 */
import type { Rate } from "../token_bucket.ts";
import { countLimit, field } from "./fields.ts";
import type { KeyPath, Problems } from "./problems.ts";
import { key, type Values } from "./table.ts";
import { readCount, readSize } from "./units.ts";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** A second from `10`, `"10/s"`, `"30/m"`, `"64KiB/s"`; Infinity: no limit. */
function readRate(
  value: unknown,
  quantity: (value: unknown) => number | undefined,
): number | undefined {
  const [, text = undefined, unit = "s"] = typeof value === "string"
    ? /^(.*?)(?:\/([smh]))?$/.exec(value.trim()) ?? []
    : [];
  const plain = text !== undefined && /^\d+$/.test(text) ? Number(text) : text ?? value;
  const count = quantity(plain);
  return count === undefined ? undefined : count / SECONDS[unit]! || Infinity;
}

const countRate = field<number, number | string>(
  (value) => readRate(value, readCount),
  'a number a second, or a text such as "30/m", or 0 for no limit',
);

const byteRate = field<number, number | string>(
  (value) => readRate(value, readSize),
  "bytes a second, a size such as 64KiB, or 0 for no limit",
);

const burst = field<number>(
  (value) => readCount(value) || undefined,
  "a whole number, 1 or more",
);

const sizeBurst = field<number, number | string>(
  (value) => readSize(value) || undefined,
  "a size such as 4096 (bytes), 64KiB, 1MiB",
  { unit: "bytes" },
);

/** Of each listener. */
export const LISTENER_LIMIT_KEYS = {
  max_connections_per_address: key({
    type: countLimit,
    default: 0,
    doc:
      "Connections at a time from one address (a /64 network of IPv6); more are closed at once. What comes " +
      "through a proxy counts by the address that the proxy tells. Unix sockets have no address.",
  }),
  max_conn_rate_per_address: key({
    type: countRate,
    default: 0,
    doc:
      'New connections a second from one address ("30/m": a minute); more are closed before any handshake.',
  }),
  max_conn_burst_per_address: key({
    type: burst,
    example: 20,
    doc: "How many of them may come at once. Without it: what comes in a second.",
  }),
  messages_rate: key({
    type: countRate,
    default: 0,
    doc:
      "Messages (PUBLISH) a second of one client. A client that sends more is read more slowly; nothing is dropped.",
  }),
  messages_burst: key({
    type: burst,
    example: 100,
    doc: "How many messages it may send at once. Without it: what comes in a second.",
  }),
  bytes_rate: key({
    type: byteRate,
    default: 0,
    doc: "Bytes a second of one client, in the same way; without those of TLS and WebSocket.",
  }),
  bytes_burst: key({
    type: sizeBurst,
    example: "1MiB",
    doc: "How many bytes it may send at once. Without it: what comes in a second.",
  }),
};

type LimitKeys = typeof LISTENER_LIMIT_KEYS;

/** The limits as the broker uses them. */
export interface ListenerLimits {
  /** Connections at a time from one network; Infinity: no limit. */
  readonly connectionsPerAddress: number;
  /** New connections of one network; undefined: no limit. */
  readonly connectionRate: Rate | undefined;
  /** PUBLISH packets of one client; undefined: no limit. */
  readonly messagesRate: Rate | undefined;
  /** Bytes of one client; undefined: no limit. */
  readonly bytesRate: Rate | undefined;
}

/** Where nothing is limited. */
export const NO_LISTENER_LIMITS: ListenerLimits = {
  connectionsPerAddress: Infinity,
  connectionRate: undefined,
  messagesRate: undefined,
  bytesRate: undefined,
};

/** The keys that hold a burst, and the rate that each belongs to. */
const BURSTS = {
  maxConnBurstPerAddress: ["maxConnRatePerAddress", "max_conn_burst_per_address"],
  messagesBurst: ["messagesRate", "messages_burst"],
  bytesBurst: ["bytesRate", "bytes_burst"],
} as const;

/**
 * Joins rates with their bursts.
 * @param all a listener's keys with what it inherits
 * @param own what it says itself: of a burst without a rate it is warned
 */
export function readListenerLimits(
  all: Values<LimitKeys>,
  own: Partial<Values<LimitKeys>>,
  path: KeyPath,
  problems: Problems,
): ListenerLimits {
  for (const [name, [rate, spelling]] of Object.entries(BURSTS)) {
    const isOwn = own[name as keyof typeof BURSTS] !== undefined;
    if (!isOwn || all[rate] !== Infinity) continue;
    problems.warn([...path, spelling], "is for a rate, which is not given; not used");
  }
  return {
    connectionsPerAddress: all.maxConnectionsPerAddress,
    connectionRate: rateOf(all.maxConnRatePerAddress, all.maxConnBurstPerAddress),
    messagesRate: rateOf(all.messagesRate, all.messagesBurst),
    bytesRate: rateOf(all.bytesRate, all.bytesBurst),
  };
}

function rateOf(perSecond: number, burst = Math.max(1, Math.ceil(perSecond))): Rate | undefined {
  return perSecond === Infinity ? undefined : { perSecond, burst };
}
