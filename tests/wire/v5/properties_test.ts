/** Every property in every packet: where it may stand, where not, twice, out of range, cut off. */
import { assertEquals, assertThrows } from "@std/assert";
import { encodePacket } from "../../../lib/wire/codec.ts";
import { MalformedPacketError, ProtocolError } from "../../../lib/wire/errors.ts";
import type { Properties } from "../../../lib/wire/properties.ts";
import { hex } from "../../support/raw_packets.ts";
import { readOne } from "../support.ts";
import { testBad, testGood } from "../vector_cases.ts";
import { carrierHex, carrierPacket } from "./carriers.ts";
import { type KnownProperty, type Place, PLACES, PROPERTIES } from "./property_table.ts";

/** Authentication data never comes alone. */
const METHOD = "15 0001 6d";

function listOf({ id, key }: KnownProperty, value: string): string {
  return `${key === "authenticationData" ? METHOD : ""} ${id} ${value}`;
}

function propertiesOf({ key }: KnownProperty, value: Properties[keyof Properties]): Properties {
  const method = key === "authenticationData" ? { authenticationMethod: "m" } : {};
  return { ...method, [key]: value };
}

function mayRepeat({ key }: KnownProperty, place: Place): boolean {
  return key === "userProperties" || (key === "subscriptionIdentifiers" && place === "PUBLISH");
}

for (const property of PROPERTIES) {
  for (const place of property.places) {
    for (const [value, meaning] of property.good) {
      testGood({
        name: `${property.key} ${value} in ${place}`,
        hex: carrierHex(place, listOf(property, value)),
        packet: carrierPacket(place, propertiesOf(property, meaning)),
      }, 5);
    }
    for (const { hex: value, statement = "2.2.2", code = 0x82 } of property.bad) {
      testBad({
        name: `${property.key} ${value} in ${place}`,
        hex: carrierHex(place, listOf(property, value)),
        statement,
        code,
        ...code === 0x81 ? {} : { error: "ProtocolError" },
      }, 5);
    }
  }

  Deno.test(`${property.key} stands in no other packet`, () => {
    const [[value, meaning]] = property.good as [[string, Properties[keyof Properties]]];
    for (const place of PLACES) {
      if (property.places.includes(place)) continue;
      const refused = refusal(carrierHex(place, `${property.id} ${value}`));
      assertEquals([place, ...refused], [place, "2.2.2", 0x81]);
      const packet = carrierPacket(place, { [property.key]: meaning });
      assertThrows(() => encodePacket(packet, 5), RangeError);
    }
  });

  Deno.test(`${property.key} twice`, () => {
    const [[value, meaning]] = property.good as [[string, Properties[keyof Properties]]];
    for (const place of property.places) {
      const bytes = carrierHex(place, `${listOf(property, value)} ${property.id} ${value}`);
      if (mayRepeat(property, place)) {
        const both = { [property.key]: [...meaning as unknown[], ...meaning as unknown[]] };
        assertEquals(readOne(hex(bytes), 0, undefined, 5)?.packet, carrierPacket(place, both));
        assertEquals(encodePacket(carrierPacket(place, both), 5), hex(bytes));
      } else {
        assertEquals([place, ...refusal(bytes)], [place, "2.2.2", 0x82]);
      }
    }
  });

  Deno.test(`${property.key} cut off anywhere, with a length that agrees or says more`, () => {
    const [value] = property.good.at(-1)!;
    const whole = `${property.id}${value}`.replaceAll(" ", "");
    for (const place of property.places) {
      for (let end = 2; end < whole.length; end += 2) {
        const part = whole.slice(0, end);
        assertEquals([place, end, ...refusal(carrierHex(place, part))], [
          place,
          end,
          "2.1.4",
          0x81,
        ]);
        const lying = carrierHex(place, part, "7f");
        assertEquals([place, end, ...refusal(lying)], [place, end, "2.1.4", 0x81]);
      }
    }
  });

  Deno.test(`${property.key} with an identifier that has a needless byte`, () => {
    const [value] = property.good[0]!;
    const id = (parseInt(property.id, 16) | 0x80).toString(16) + "00";
    for (const place of property.places) {
      const bytes = carrierHex(place, `${id} ${value}`);
      assertEquals([place, ...refusal(bytes)], [place, "MQTT-1.5.5-1", 0x81]);
    }
  });
}

Deno.test("there are no other properties", () => {
  const known = new Set(PROPERTIES.map((property) => parseInt(property.id, 16)));
  assertEquals(known.size, 27);
  for (let id = 0; id < 0x200; id++) {
    if (known.has(id)) continue;
    const digits = id < 128
      ? id.toString(16).padStart(2, "0")
      : (id % 128 + 128).toString(16) + (id >> 7).toString(16).padStart(2, "0");
    for (const place of PLACES) {
      const bytes = carrierHex(place, `${digits} 00000000`);
      assertEquals([id, place, ...refusal(bytes)], [id, place, "2.2.2", 0x81]);
    }
  }
});

Deno.test("a list that is empty is none, in every packet", () => {
  for (const place of PLACES) {
    const bytes = hex(carrierHex(place, ""));
    assertEquals(readOne(bytes, 0, undefined, 5)?.packet, carrierPacket(place, undefined));
    const empty = encodePacket(carrierPacket(place, {}), 5);
    assertEquals(empty, encodePacket(carrierPacket(place, undefined), 5));
  }
});

Deno.test("a property length is in its shortest form, in every packet", () => {
  for (const place of PLACES) {
    const bytes = carrierHex(place, "", "8000");
    assertEquals([place, ...refusal(bytes)], [place, "MQTT-1.5.5-1", 0x81]);
    const long = carrierHex(place, "", "ffffffff01");
    assertEquals([place, ...refusal(long)], [place, "MQTT-1.5.5-1", 0x81]);
  }
});

Deno.test("a property length that ends within a property", () => {
  const list = "26 0001 61 0001 62";
  for (const place of PLACES) {
    for (const length of ["01", "02", "03", "04", "05", "06"]) {
      assertEquals([place, ...refusal(carrierHex(place, list, length))], [place, "2.1.4", 0x81]);
    }
  }
});

Deno.test("authentication data without a method", () => {
  for (const place of ["CONNECT", "CONNACK", "AUTH"] as const) {
    assertEquals(refusal(carrierHex(place, "16 0001 64")), ["4.12", 0x82]);
    const packet = carrierPacket(place, { authenticationData: hex("64") });
    assertThrows(() => encodePacket(packet, 5), RangeError);
  }
});

Deno.test("properties are read in any order, user properties and identifiers keep theirs", () => {
  const list =
    "26 0001 62 0001 31 0b 02 03 0001 63 26 0001 61 0001 32 0b 01 01 01 26 0001 62 0001 33";
  assertEquals(
    readOne(hex(carrierHex("PUBLISH", list)), 0, undefined, 5)?.packet,
    carrierPacket("PUBLISH", {
      userProperties: [["b", "1"], ["a", "2"], ["b", "3"]],
      subscriptionIdentifiers: [2, 1],
      contentType: "c",
      payloadFormatIndicator: 1,
    }),
  );
});

/** Statement and code of the error that the bytes are refused with. */
function refusal(text: string): [statement: string, code: number] {
  const error = assertThrows(() => readOne(hex(text), 0, undefined, 5));
  if (error instanceof MalformedPacketError || error instanceof ProtocolError) {
    return [error.statement, error.code];
  }
  throw error;
}
