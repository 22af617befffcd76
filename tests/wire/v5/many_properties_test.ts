/** Properties by the thousand: what a PUBLISH may have without end is only looked at, what others have has a limit. */
import { assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../../lib/wire/errors.ts";
import { readPublishProperties } from "../../../lib/wire/message_properties.ts";
import { readPublishList } from "../../../lib/wire/properties.ts";
import { Reader } from "../../../lib/wire/reader.ts";
import { bytes, hex } from "../../support/raw_packets.ts";
import { propertyField } from "../../support/raw_properties5.ts";
import { packet } from "../../support/raw_packets.ts";
import { readOne } from "../support.ts";

const PAIR = hex("26 0001 61 0000");
const MOST = 4096;

function pairs(count: number): Uint8Array {
  return bytes(...Array.from({ length: count }, () => PAIR));
}

/** A SUBSCRIBE with that many user properties. */
function subscribe(count: number): Uint8Array {
  const list = propertyField(Array.from({ length: count }, () => PAIR));
  return packet(0x82, hex("0001"), list, hex("0001 23 00"));
}

Deno.test("4,096 user properties of a SUBSCRIBE are read, one more is refused", () => {
  const { packet } = readOne(subscribe(MOST), 0, undefined, 5)!;
  if (packet.type !== "subscribe") throw new Error(packet.type);
  assertEquals(packet.properties?.userProperties?.length, MOST);
  const error = assertThrows(() => readOne(subscribe(MOST + 1), 0, undefined, 5), ProtocolError);
  assertEquals(error.code, 0x97);
});

Deno.test("user properties of a PUBLISH have no limit, and are handed on as they are", () => {
  const list = pairs(5 * MOST);
  const { carried, topicAlias } = readPublishProperties(list, 0, list.length);
  assertEquals([carried?.bytes, carried?.expiry, topicAlias], [list, undefined, 0]);
  assertEquals(carried?.values.userProperties?.length, 5 * MOST);
});

Deno.test("topic alias and message expiry are taken out wherever they stand, the rest is handed on", () => {
  const [alias, expiry, text] = [hex("23 0005"), hex("02 00000009"), hex("03 0001 63")];
  const orders = [
    [alias, expiry, PAIR, text],
    [PAIR, alias, text, expiry],
    [PAIR, alias, expiry, text],
    [expiry, PAIR, text, alias],
  ];
  for (const order of orders) {
    const around = bytes(hex("ff"), ...order, hex("ff"));
    const { carried, topicAlias } = readPublishProperties(around, 1, around.length - 1);
    const rest = order.filter((one) => one !== alias && one !== expiry);
    assertEquals([topicAlias, carried?.expiry], [5, 9]);
    assertEquals(carried?.bytes, bytes(...rest));
  }
  assertEquals(readPublishProperties(alias, 0, 3), { carried: undefined, topicAlias: 5 });
  const { carried } = readPublishProperties(expiry, 0, 5);
  assertEquals([carried?.bytes.length, carried?.expiry], [0, 9]);
});

Deno.test("what is handed on owns its bytes", () => {
  const list = bytes(PAIR, hex("23 0005"), PAIR);
  const { carried } = readPublishProperties(list, 0, list.length);
  list.fill(0xee);
  assertEquals(carried?.values, { userProperties: [["a", ""], ["a", ""]] });
});

Deno.test("user properties that are only looked at are looked at well", () => {
  const bad = [
    "26 0001 00 0000",
    "26 0001 ff 0000",
    "26 0000 0001 ff",
    "26 0000 0002 61",
    "26 0000",
  ];
  for (const list of bad) {
    const data = bytes(PAIR, hex(list));
    assertThrows(() => readPublishList(new Reader(data, 0, data.length)), Error, undefined, list);
  }
});
