/** A CONNECT of a level that is not served still says who came. */
import { assertEquals, assertThrows } from "@std/assert";
import { UnsupportedProtocolLevelError } from "../../lib/wire/errors.ts";
import { hex } from "../support/raw_packets.ts";
import { readOne } from "./support.ts";

function refusalOf(bytes: string): UnsupportedProtocolLevelError {
  return assertThrows(() => readOne(hex(bytes)), UnsupportedProtocolLevelError);
}

Deno.test("the client id of a later version is read where MQTT 5 has it, behind its properties", () => {
  const { level, clientId, code } = refusalOf(
    "10 14 0004 4d515454 06 02 003c 05 1100000001 0002 6335".replaceAll(" ", ""),
  );
  assertEquals([level, clientId, code], [6, "c5", 0x84]);
});

Deno.test("the client id of another level is read where 3.1.1 has it", () => {
  assertEquals(refusalOf("10 0e 0004 4d515454 02 02 003c 0002 6332").clientId, "c2");
  assertEquals(refusalOf("10 10 0006 4d5149736470 04 02 003c 0002 6332").clientId, "c2");
});

Deno.test("what cannot be read is left out: cut off, or no UTF-8", () => {
  assertEquals(refusalOf("10 07 0004 4d515454 06").clientId, undefined);
  assertEquals(refusalOf("10 0f 0004 4d515454 06 02 003c 7f 0002 6335").clientId, undefined);
  assertEquals(refusalOf("10 0f 0004 4d515454 06 02 003c 00 0002 c328").clientId, undefined);
  assertEquals(
    refusalOf("10 13 0004 4d515454 06 02 003c 80808080 00 0002 6335").clientId,
    undefined,
  );
});
