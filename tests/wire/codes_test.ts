/** Reason codes: their values, their names, and what MQTT 3.1.1 makes of them. */
import { assert, assertEquals } from "@std/assert";
import { ReasonCode, reasonCodeOf, reasonName, returnCodeOf } from "../../lib/wire/codes.ts";
import { MalformedPacketError, ProtocolError } from "../../lib/wire/errors.ts";

/** MQTT 5.0, section 2.4, table 2-6. */
const STANDARD =
  "00 01 02 04 10 11 18 19 80 81 82 83 84 85 86 87 88 89 8a 8b 8c 8d 8e 8f 90 91 92 " +
  "93 94 95 96 97 98 99 9a 9b 9c 9d 9e 9f a0 a1 a2";

Deno.test("every reason code of the standard is there, once, with a name of its own", () => {
  const codes = Object.values(ReasonCode);
  assertEquals(codes.map((code) => code.toString(16).padStart(2, "0")).join(" "), STANDARD);
  const names = codes.map(reasonName);
  assertEquals(new Set(names).size, codes.length);
  assert(names.every((name) => /^[a-z0-9 ]+$/.test(name)));
  assertEquals(reasonName(ReasonCode.NOT_AUTHORIZED), "not authorized");
  assertEquals(reasonName(undefined), "connection lost");
});

Deno.test("3.1.1 has a return code for each refusal, 3 where it has no word", () => {
  const { BAD_USERNAME_OR_PASSWORD, BANNED, NOT_AUTHORIZED, SERVER_BUSY } = ReasonCode;
  assertEquals([BAD_USERNAME_OR_PASSWORD, NOT_AUTHORIZED, BANNED].map(returnCodeOf), [4, 5, 5]);
  assertEquals([SERVER_BUSY, ReasonCode.UNSPECIFIED_ERROR].map(returnCodeOf), [3, 3]);
  for (const returnCode of [0, 1, 2, 3, 4, 5] as const) {
    assertEquals(returnCodeOf(reasonCodeOf(returnCode)), returnCode);
  }
});

Deno.test("an error of a peer is the reason to close: code and text", () => {
  const malformed = new MalformedPacketError("no packet", "2.2.3");
  assertEquals([malformed.code, malformed.text], [0x81, "no packet [2.2.3]"]);
  const plain = new ProtocolError("not now", "MQTT-3.1.0-2");
  assertEquals([plain.code, plain.text], [0x82, "not now [MQTT-3.1.0-2]"]);
  assertEquals(new ProtocolError("big", "2.2.3", ReasonCode.PACKET_TOO_LARGE).code, 0x95);
});
