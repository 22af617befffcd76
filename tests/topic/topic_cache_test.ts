/** The topic cache answers as decoding would, whatever collides or is thrown out. */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { hash, TopicCache, TopicEntry } from "../../lib/topic/topic_cache.ts";
import { bytes, utf8 } from "../support/raw_packets.ts";

interface Subject {
  cache: TopicCache<string>;
  /** How often bytes were decoded. */
  decoded: () => number;
  /** Looks a name up, somewhere inside a larger buffer. */
  look: (name: string) => TopicEntry<string>;
}

function subject(): Subject {
  let count = 0;
  const cache = new TopicCache<string>((buffer, start, end) => {
    count++;
    const text = new TextDecoder().decode(buffer.subarray(start, end));
    if (text === "bad") throw new RangeError("no name");
    return text;
  });
  const look = (name: string) => {
    const buffer = bytes("xyz", name, "xyz");
    return cache.lookUp(buffer, 3, buffer.length - 3);
  };
  return { cache, look, decoded: () => count };
}

/** Two different names with the same hash. */
function collision(): [string, string] {
  const seen = new Map<number, string>();
  for (let i = 0;; i++) {
    const name = `t/${i}`;
    const key = hash(utf8(name), 0, name.length);
    const other = seen.get(key);
    if (other !== undefined) return [other, name];
    seen.set(key, name);
  }
}

Deno.test("the same bytes give the same entry without decoding again", () => {
  const { look, decoded } = subject();
  const entry = look("a/ü");
  assertEquals(entry.topicName, "a/ü");
  assertStrictEquals(look("a/ü"), entry);
  assertEquals(decoded(), 1);
  assertEquals(look("a/u").topicName, "a/u");
  assertEquals(look("a/").topicName, "a/");
});

Deno.test("an entry owns its bytes", () => {
  const { cache } = subject();
  const buffer = utf8("a/b");
  const entry = cache.lookUp(buffer, 0, 3);
  buffer.fill(0x78);
  assertEquals(entry.bytes, utf8("a/b"));
  assert(entry.equals(utf8("a/b"), 0, 3) && !entry.equals(buffer, 0, 3));
});

Deno.test("names with equal hashes are told apart", () => {
  const { look } = subject();
  const [one, other] = collision();
  for (const name of [one, other, one, one, other]) assertEquals(look(name).topicName, name);
});

Deno.test("a name that is refused is refused every time", () => {
  const { look, decoded } = subject();
  for (let i = 0; i < 3; i++) assertThrows(() => look("bad"), RangeError);
  assertEquals(decoded(), 3);
});

/** Of these names, how many are decoded. */
function misses({ look, decoded }: Subject, names: Iterable<string>): number {
  const before = decoded();
  for (const name of names) look(name);
  return decoded() - before;
}

function* topics(from: number, to: number): Generator<string> {
  for (let i = from; i < to; i++) yield `topic/${i}`;
}

Deno.test("a full cache keeps most of what it has, and throws out the oldest eighth for what comes in", () => {
  const full = subject();
  // Names with equal hashes share a place, so a few more than 16,384 are needed to fill it.
  misses(full, topics(0, 16_500));
  assert(misses(full, topics(16_000, 16_300)) === 0, "the newest are known");
  misses(full, topics(20_000, 24_000));
  const [old, young] = [misses(full, topics(0, 1000)), misses(full, topics(9000, 10_000))];
  assert(old > 900, `${1000 - old} of the oldest are known`);
  assert(young < 20, `${young} others are not`);
});

Deno.test("of more names in turn than there is room for, what has room is known", () => {
  const { cache, look, decoded } = subject();
  const all = { cache, look, decoded };
  for (let turn = 0; turn < 3; turn++) misses(all, topics(0, 20_000));
  const missed = misses(all, topics(0, 20_000));
  assert(missed < 6000, `${missed} of 20,000 are decoded again`);
});

Deno.test("a name that comes again and again gets into a full cache", () => {
  const full = subject();
  misses(full, topics(0, 16_500));
  let tries = 0;
  while (misses(full, ["new"]) > 0) tries++;
  assert(tries < 100, `${tries} times it was not taken in`);
});

Deno.test("an entry that found no place has its match when it is matched again", () => {
  const full = subject();
  misses(full, topics(0, 16_500));
  let one = full.look("new/0");
  for (let i = 1; one.isKept; i++) one = full.look(`new/${i}`);
  full.cache.keep(one, "first", 1, 10);
  assertEquals(one.match, undefined);
  full.cache.keep(one, "second", 1, 10);
  assertEquals(one.match, "second");
});

Deno.test("names above 512 bytes are decoded every time", () => {
  const { look, decoded } = subject();
  const [longest, long] = ["x".repeat(513), "x".repeat(512)];
  for (let i = 0; i < 2; i++) assertEquals([look(longest), look(long)].length, 2);
  assertEquals(decoded(), 3);
});

const MAX_RECEIVERS = 262_144;

/** Entries that still have their match. */
function matched(entries: readonly TopicEntry<string>[]): TopicEntry<string>[] {
  return entries.filter(({ match }) => match !== undefined);
}

Deno.test("what is bounded is the receivers of all matches, not the topics", () => {
  const { cache, look } = subject();
  const entries = Array.from({ length: 1000 }, (_, i) => look(`topic/${i}`));
  for (const entry of entries) cache.keep(entry, "match", 1, 1000);
  const kept = matched(entries);
  assert(kept.length * 1000 <= MAX_RECEIVERS, `${kept.length} matches of 1,000 receivers are kept`);
  assert(kept.length * 1000 >= MAX_RECEIVERS * 0.8, `only ${kept.length} matches are kept`);
  assertStrictEquals(kept.at(-1), entries.at(-1), "the newest stays");
  // The same topic matched again counts once.
  for (let i = 0; i < 1000; i++) cache.keep(entries.at(-1)!, "match", i, 1000);
  assertEquals(matched(entries).length, kept.length);
});

Deno.test("a single match with too many receivers is kept, alone", () => {
  const { cache, look } = subject();
  const [small, large, next] = [look("small"), look("large"), look("next")];
  cache.keep(small, "s", 1, 10);
  cache.keep(large, "l", 1, MAX_RECEIVERS * 2);
  assertEquals([small.match, large.match], [undefined, "l"]);
  cache.keep(next, "n", 1, 10);
  assertEquals([large.match, next.match], [undefined, "n"]);
});

Deno.test("an entry that left the cache keeps no match, whoever still holds it", () => {
  const { cache, look } = subject();
  const first = look("first");
  cache.keep(first, "match", 1, 10);
  for (let i = 0; i < 16_500; i++) look(`topic/${i}`);
  assertEquals(first.match, undefined);
  const [one, other] = collision();
  const collided = look(one);
  cache.keep(collided, "match", 1, 10);
  look(other);
  assertEquals(collided.match, undefined);
});

Deno.test("a long name keeps no match", () => {
  const { cache, look } = subject();
  const long = look("x".repeat(513));
  cache.keep(long, "match", 1, 1);
  assertEquals([long.match, long.isShort], [undefined, false]);
});
