/** Exchanges by packet id: as a Map has them, through random beginnings and ends. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { ExchangeTable } from "../../lib/session/exchange_table.ts";
import type { InflightMessage } from "../../lib/session/inflight.ts";
import { Random } from "../support/random.ts";
import { message } from "./support.ts";

function exchange(): InflightMessage {
  const [identifiers, group, record] = [undefined, undefined, undefined];
  const qos = 1 as const;
  return { message: message("x"), qos, retain: false, identifiers, group, record, released: false };
}

for (let seed = 1; seed <= 8; seed++) {
  Deno.test(`a table has what a Map has, in its order, seed ${seed}`, () => {
    const random = new Random(seed);
    const [table, model] = [new ExchangeTable(), new Map<number, InflightMessage>()];
    const most = [3, 20, 100, 1000][seed % 4]!;
    let last = random.below(65_535);
    for (let step = 0; step < 5000; step++) {
      if (model.size < most && random.below(5) < 3) {
        last = table.freeId(last);
        assert(last > 0 && last < 65_536 && !model.has(last), `id ${last}`);
        const one = exchange();
        table.add(last, one);
        model.set(last, one);
      } else {
        // Mostly the oldest, and sometimes any id at all.
        const id = random.oneIn(4) ? random.below(65_536) : [...model.keys()][0] ?? 1;
        assertEquals(table.delete(id), model.delete(id));
      }
      const probe = random.below(65_536);
      assertEquals(table.get(probe), model.get(probe));
      assertEquals(table.size, model.size);
      if (step % 100 === 0) assertEquals(table.entries(), [...model]);
    }
    for (const [id, one] of model) assert(table.get(id) === one);
  });
}

Deno.test("what one client never ends stays, and ids behind it go on and round", () => {
  const table = new ExchangeTable();
  const stuck = exchange();
  table.add(7, stuck);
  let last = 7;
  const given = new Set<number>();
  for (let i = 0; i < 100_000; i++) {
    last = table.freeId(last);
    assertNotEquals(last, 7);
    given.add(last);
    table.add(last, exchange());
    assert(table.delete(last));
  }
  assert(table.get(7) === stuck && table.size === 1);
  assert(!given.has(11), "its slot is taken");
  assert(given.size > 45_000, "one id of four is passed over at most");
});

Deno.test("65,534 exchanges have ids of their own", () => {
  const table = new ExchangeTable();
  const one = exchange();
  let last = 40_000;
  for (let i = 0; i < 65_534; i++) table.add(last = table.freeId(last), one);
  assertEquals([table.size, table.freeId(last)], [65_534, 39_999 + 1]);
  assertEquals(new Set(table.entries().map(([id]) => id)).size, 65_534);
});

Deno.test("ids from before that share a slot are kept apart", () => {
  const table = new ExchangeTable();
  const ids = [1, 17, 33, 4097, 65_535, 32_767];
  for (const id of ids) table.add(id, exchange());
  assertEquals(table.entries().map(([id]) => id), ids);
  assert(table.some((one) => one === table.get(4097)) && !table.some(() => false));
});
