/** Payloads say who they are, and one changed byte is seen. */
import { assert, assertEquals } from "@std/assert";
import { payloadOf, sequenceOf } from "./payload.ts";

const TOPIC = "t/p0/1/b";

Deno.test("a payload says its number; sizes differ", () => {
  const sizes = new Set<number>();
  for (let sequence = 1; sequence < 200; sequence++) {
    const payload = payloadOf({ topic: TOPIC, sequence });
    sizes.add(payload.length);
    assertEquals(sequenceOf(TOPIC, payload), sequence);
  }
  assert(sizes.size > 10);
});

Deno.test("what was cut off, changed, or sent on another topic is no payload", () => {
  const payload = payloadOf({ topic: TOPIC, sequence: 63 });
  assertEquals(sequenceOf(TOPIC, payload.slice(0, -1)), undefined);
  assertEquals(sequenceOf(TOPIC, payload.replace(/.$/, "x")), undefined);
  assertEquals(sequenceOf("t/p1/1/b", payload), undefined);
  assertEquals(sequenceOf(TOPIC, ""), undefined);
});
