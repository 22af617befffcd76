/** What is packed comes back as it was. */
import { assert, assertEquals, assertNotStrictEquals } from "@std/assert";
import { LENT, Message, OWN, sizeOf } from "../../lib/session/message.ts";
import { LentBytes, PackedMessage } from "../../lib/session/packed_message.ts";
import { MessageProperties } from "../../lib/wire/message_properties.ts";
import { message } from "./support.ts";

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, i) => i);

/** Messages of all kinds. */
function kinds(): Message[] {
  const properties = MessageProperties.of({ contentType: "x/é", messageExpiryInterval: 5 });
  const plain = message("payload", 1, "a/b", 7);
  return [
    plain,
    plain.with({ qos: 2, retain: false, origin: "broker", publisher: undefined }),
    plain.with({ qos: 0, order: 2 ** 40, recorded: 3 }),
    plain.with({ properties, expiresAt: 1234.5 }),
    plain.with({ expiresAt: 0 }),
    message("é", 0, "é/\u{1f600}/\u00ff"),
    message("", 0, "x".repeat(65_535)),
    ...[EVERY_BYTE, new Uint8Array(1023).fill(255), new Uint8Array(1024).fill(1)].map((payload) =>
      Message.of({ ...plain, payload })
    ),
  ];
}

/** All that a message says. */
function saidOf(one: Message) {
  const { bytes: _bytes, offset: _offset, slab: _slab, ...said } = one;
  return { ...said, payload: one.payload.slice(), topic: one.topic.slice() };
}

const packed = (one: Message) => new PackedMessage(one, one.properties, one.recorded);

Deno.test("a message that is unpacked says what it said, and counts for as much", () => {
  for (const one of kinds()) {
    const its = packed(one);
    assertEquals(saidOf(its.unpack()), saidOf(one));
    assertEquals([its.size, its.topicName], [sizeOf(one), one.topicName]);
    assertEquals(its.unpack().slab, OWN);
  }
});

Deno.test("a message that is lent says the same, and so does each that is lent behind it", () => {
  const space = new LentBytes();
  const all = [...kinds(), ...kinds(), ...Array.from({ length: 40 }, kinds).flat()];
  const lent = all.map((one) => packed(one).lend(space));
  assert(lent.some(({ slab }) => slab === LENT));
  for (const [i, one] of all.entries()) assertEquals(saidOf(lent[i]!), saidOf(one));
  const owned = lent.map((one) => one.own());
  space.bytes.fill(0);
  for (const [i, one] of all.entries()) assertEquals(saidOf(owned[i]!), saidOf(one));
});

Deno.test("what is packed does not change with the bytes that it came in", () => {
  for (const length of [3, 2000]) {
    const one = Message.of({ ...message("x"), payload: new Uint8Array(length).fill(1) });
    const its = packed(one);
    one.payload.fill(2);
    assertEquals(its.unpack().payload, new Uint8Array(length).fill(1));
    assertNotStrictEquals(its.unpack(), its.unpack());
  }
});
