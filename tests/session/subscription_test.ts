/** What subscriptions grant, alone and merged, against a model that asks each subscription by itself. */
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  mergeOptions,
  MOST_IDENTIFIERS,
  SubscriptionOptions,
  subscriptionOptions,
} from "../../lib/session/subscription.ts";
import type { QoS } from "../../lib/wire/packets.ts";
import { Random } from "../support/random.ts";

/** A subscription as a client asks for it. */
interface Asked {
  readonly qos: QoS;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly identifier: number | undefined;
}

/** What a delivery looks like; undefined: there is none. */
type Seen = { qos: QoS; retainAsPublished: boolean; identifiers: number[] } | undefined;

function randomAsked(random: Random): Asked {
  return {
    qos: random.pick([0, 1, 2] as const),
    noLocal: random.oneIn(2),
    retainAsPublished: random.oneIn(3),
    identifier: random.oneIn(2) ? 1 + random.below(4) : undefined,
  };
}

const made = (one: Asked) =>
  subscriptionOptions(one.qos, one.noLocal, one.retainAsPublished, one.identifier);

/** Each subscription that wants the message adds what it grants. */
function model(all: readonly Asked[], isOwn: boolean): Seen {
  const wanting = all.filter(({ noLocal }) => !(noLocal && isOwn));
  if (wanting.length === 0) return undefined;
  const identifiers = wanting.map(({ identifier }) => identifier).filter((id) => id !== undefined);
  return {
    qos: Math.max(...wanting.map(({ qos }) => qos)) as QoS,
    retainAsPublished: wanting.some((one) => one.retainAsPublished),
    identifiers: [...new Set(identifiers)].sort(),
  };
}

function seen(options: SubscriptionOptions | undefined): Seen {
  if (options === undefined) return undefined;
  const { qos, retainAsPublished, identifiers } = options;
  assert(identifiers === undefined || identifiers.length > 0, "an empty list is none");
  return { qos, retainAsPublished, identifiers: [...identifiers ?? []].sort() };
}

Deno.test("[MQTT-3.3.4-4] merged subscriptions grant what each by itself does, own messages and others", () => {
  for (let seed = 0; seed < 5000; seed++) {
    const random = new Random(seed);
    const all = random.list(1, 5, () => randomAsked(random));
    const options = mergeOptions(all.map(made));
    assertEquals(seen(options), model(all, false), `seed ${seed}`);
    assertEquals(seen(options.own), model(all, true), `seed ${seed}`);
    assertEquals(options.own === options, all.every((one) => !one.noLocal), `seed ${seed}`);
  }
});

Deno.test("options without an identifier are the same object, also merged ones", () => {
  for (let seed = 0; seed < 500; seed++) {
    const random = new Random(seed);
    const { qos, noLocal, retainAsPublished } = randomAsked(random);
    const one = subscriptionOptions(qos, noLocal, retainAsPublished);
    assertStrictEquals(subscriptionOptions(qos, noLocal, retainAsPublished), one);
    assertStrictEquals(mergeOptions([one, one]), one);
    assertStrictEquals(mergeOptions([one, subscriptionOptions(0, noLocal, false)]), one);
  }
});

Deno.test("equal options are equal, and each difference counts", () => {
  const one = subscriptionOptions(1, true, true, 7);
  assert(one.equals(subscriptionOptions(1, true, true, 7)));
  assert(!one.equals(subscriptionOptions(2, true, true, 7)));
  assert(!one.equals(subscriptionOptions(1, false, true, 7)));
  assert(!one.equals(subscriptionOptions(1, true, false, 7)));
  assert(!one.equals(subscriptionOptions(1, true, true, 8)));
  assert(!one.equals(subscriptionOptions(1, true, true)));
});

Deno.test("identifiers without end: one PUBLISH carries so many and no more, each once", () => {
  const all = Array.from(
    { length: 100_000 },
    (_, i) => subscriptionOptions(0, i % 2 === 0, false, i + 1),
  );
  const { identifiers, own } = mergeOptions([...all, ...all.slice(0, 10)]);
  assertEquals(identifiers!.length, MOST_IDENTIFIERS);
  assertEquals(new Set(identifiers).size, MOST_IDENTIFIERS);
  assertEquals(own!.identifiers!.length, MOST_IDENTIFIERS);
  assert(own!.identifiers!.every((one) => one % 2 === 0), "No Local subscriptions do not count");
});
