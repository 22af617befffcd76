/** `edge: true` sets other defaults; what is given wins; what is set is told, and nothing else. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { CACHE_KEYS } from "../../lib/config/access_keys.ts";
import { BROKER_KEYS, STORAGE_KEYS } from "../../lib/config/broker_keys.ts";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import type { Keys } from "../../lib/config/table.ts";
import type { BrokerConfig, BrokerOptions } from "../../lib/config/types.ts";
import { UserError } from "../../lib/user_error.ts";

const read = (options: BrokerOptions): BrokerConfig =>
  normalizeConfig(options, { directory: "/place" });

const ALL = { storage: {}, acl_cache: {} };

/** A configuration without what stands in the profile, which is told apart. */
function others({ edge: _, limits: __, access: ___, storage: ____, ...rest }: BrokerConfig) {
  return rest;
}

Deno.test("every key that edge tells is smaller than without it, or waits longer", () => {
  const [edge, plain] = [read({ ...ALL, edge: true }), read(ALL)];
  const names = edge.edge!.map(([name]) => name);
  assert(names.length > 15, `${names}`);
  for (const [name, limit] of Object.entries(plain.limits)) {
    const value: unknown = Reflect.get(edge.limits, name);
    const key = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    if (!names.includes(key)) assertEquals(value, limit, name);
    else assert(Number(value) < (Number.isNaN(limit) ? Infinity : Number(limit)), name);
  }
  assert(edge.access.cache.maxSize < plain.access.cache.maxSize);
  assert(edge.storage!.maxPending < plain.storage!.maxPending);
  assertEquals([plain.storage!.writeDelay, edge.storage!.writeDelay], [0, 10_000]);
});

Deno.test("edge changes neither durability nor anything else", () => {
  const [edge, plain] = [read({ ...ALL, edge: true }), read(ALL)];
  assertEquals(edge.storage!.durability, "full");
  assertEquals(others(edge), others(plain));
  assertEquals(plain.edge, undefined);
});

Deno.test("a key that is given wins, and is not among what edge sets", () => {
  const given: BrokerOptions = {
    edge: true,
    max_retained: 100_000,
    "max-queued-messages": 0,
    storage: { write_delay: "1s" },
    acl_cache: { max_size: 32 },
  } as BrokerOptions;
  const { limits, storage, access, edge } = read(given);
  assertEquals(
    [limits.maxRetained, limits.maxQueuedMessages, storage!.writeDelay, access.cache.maxSize],
    [100_000, Infinity, 1000, 32],
  );
  const names = edge!.map(([name]) => name);
  for (
    const name of [
      "max_retained",
      "max_queued_messages",
      "storage.write_delay",
      "acl_cache.max_size",
    ]
  ) {
    assert(!names.includes(name), name);
  }
  assert(names.includes("storage.max_pending"));
});

Deno.test("a key without a value means edge's default", () => {
  assertEquals(read({ edge: true, max_retained: null }).limits.maxRetained, 10_000);
});

Deno.test("without storage nothing of it is told; off is off; anything else is a problem", () => {
  const names = read({ edge: true }).edge!.map(([name]) => name);
  assertEquals(names.filter((name) => name.startsWith("storage.")), []);
  assertEquals(read({ edge: false }), read({}));
  const { problems } = assertThrows(
    () => normalizeConfig({ edge: "small" }, { directory: "/place" }),
    UserError,
  );
  assertEquals(problems, ['edge: got "small", expected true or false']);
});

Deno.test("docs/EDGE.md has all that edge sets, and the defaults", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/EDGE.md", import.meta.url));
  const rows = [...text.matchAll(/^\| `([\w.]+)` +\| +`(\S+)` \| +`(\S+)` \|$/gm)];
  const { edge } = read({ ...ALL, edge: true });
  assertEquals(rows.map(([, name, , written]) => [name, written]), edge!.map((one) => [...one]));
  const tables: Keys = {
    ...BROKER_KEYS,
    ...prefixed("storage.", STORAGE_KEYS),
    ...prefixed("acl_cache.", CACHE_KEYS),
  };
  for (const [, name, written] of rows) assertEquals(written, String(tables[name!]?.default), name);
});

function prefixed(prefix: string, keys: Keys): Keys {
  return Object.fromEntries(Object.entries(keys).map(([name, row]) => [prefix + name, row]));
}
