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

Deno.test("a full cache throws out the oldest eighth and keeps the rest", () => {
  const { look, decoded } = subject();
  // Names with equal hashes share a place, so a few more than 16,384 are needed to fill it.
  for (let i = 0; i < 16_500; i++) look(`topic/${i}`);
  const before = decoded();
  look("topic/16499");
  look("topic/9000");
  assertEquals(decoded(), before, "the newest are known");
  assertEquals(look("topic/0").topicName, "topic/0");
  assertEquals(decoded(), before + 1, "the oldest were forgotten");
});

Deno.test("names above 512 bytes are decoded every time", () => {
  const { look, decoded } = subject();
  const [longest, long] = ["x".repeat(513), "x".repeat(512)];
  for (let i = 0; i < 2; i++) assertEquals([look(longest), look(long)].length, 2);
  assertEquals(decoded(), 3);
});
