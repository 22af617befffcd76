/**
 * `edge: true`: the defaults of a small device. Invariants: a key that is given wins; nothing here changes what an
 * acknowledgement means; what is set can be told key by key.
 */
import { CACHE_KEYS } from "./access_keys.ts";
import { STORAGE_KEYS } from "./broker_keys.ts";
import { LIMIT_KEYS } from "./limit_keys.ts";
import { camelCase, type Keys, type Options, type Values } from "./table.ts";

/** What holds where nothing is given, as people write it. */
const TOP: Options<typeof LIMIT_KEYS> = {
  max_packet_size: "2MiB",
  max_skipped_size: "16MiB",
  max_inflight_bytes: "512KiB",
  receive_maximum: 100,
  max_queued_messages: 200,
  max_queued_bytes: "512KiB",
  max_connections: 2000,
  max_sessions: 4000,
  max_subscriptions: 1000,
  max_subscription_bytes: "128KiB",
  max_retained: 10_000,
  max_retained_bytes: "16MiB",
  max_write_backlog: "64KiB",
  max_total_write_backlog: "8MiB",
  max_cached_topics: 1024,
  max_incidents: 500,
  max_memory: "192MiB",
};
const CACHE: Options<typeof CACHE_KEYS> = { max_size: 8 };
const STORAGE: Options<typeof STORAGE_KEYS> = { write_delay: "10s", max_pending: "2MiB" };

/** A key of the profile: its name from the top (`storage.write_delay`), and what holds by it, as people write it. */
export type EdgeSetting = readonly [name: string, written: string];

/** By section, the values that stand in for the tables' defaults. */
export interface Profile {
  readonly top: Partial<Values<typeof LIMIT_KEYS>>;
  readonly cache: Partial<Values<typeof CACHE_KEYS>>;
  readonly storage: Partial<Values<typeof STORAGE_KEYS>>;
}

/** Nothing. */
export const NO_PROFILE: Profile = { top: {}, cache: {}, storage: {} };

/** That of a small device. */
export function edgeProfile(): Profile {
  return {
    top: read(LIMIT_KEYS, TOP),
    cache: read(CACHE_KEYS, CACHE),
    storage: read(STORAGE_KEYS, STORAGE),
  };
}

/** What the profile sets beside these values of a configuration, which may be given otherwise. */
export function edgeSettings(
  used: {
    readonly [Section in keyof Profile]: Readonly<Record<string, unknown>> | undefined;
  },
): EdgeSetting[] {
  const profile = edgeProfile();
  const parts = [["top", "", TOP], ["cache", "acl_cache.", CACHE], [
    "storage",
    "storage.",
    STORAGE,
  ]] as const;
  return parts.flatMap(([section, prefix, written]) =>
    Object.entries(written).flatMap(([name, text]): EdgeSetting[] => {
      const values: Readonly<Record<string, unknown>> = profile[section];
      const isUsed = used[section]?.[camelCase(name)] === values[camelCase(name)];
      return isUsed ? [[`${prefix}${name}`, String(text)]] : [];
    })
  );
}

function read<Table extends Keys>(table: Table, written: Options<Table>): Partial<Values<Table>> {
  const values = Object.entries(written).map(([name, value]) =>
    [camelCase(name), table[name]!.type.read(value)] as const
  );
  return Object.fromEntries(values) as Partial<Values<Table>>; // as in table.ts
}
