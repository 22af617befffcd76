/** SCRAM's keys and their text, RFC 5802, with the examples of RFC 7677 and of others for SHA-512; SASLprep, RFC 4013. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  formatScramSecret,
  isScramProof,
  makeScramSecret,
  parseScramSecret,
  type ScramMechanism,
  scramSignature,
} from "../../../lib/access/passwords/scram.ts";
import { saslprep } from "../../../lib/access/passwords/saslprep.ts";
import { decodeBase64, encodeBase64 } from "../../../lib/encoding.ts";
import { SCRAM_EXAMPLES } from "./scram_examples.ts";

for (const { source, mechanism, salt, authMessage, proof, signature } of SCRAM_EXAMPLES) {
  Deno.test(`SCRAM: ${source}`, async () => {
    const secret = await makeScramSecret("pencil", mechanism, 4096, decodeBase64(salt));
    assertEquals(isScramProof(secret, authMessage, decodeBase64(proof)), true);
    assertEquals(encodeBase64(scramSignature(secret, authMessage)), signature);
    assertEquals(isScramProof(secret, `${authMessage}x`, decodeBase64(proof)), false);
    assertEquals(isScramProof(secret, authMessage, decodeBase64(proof).subarray(1)), false);
    const other = await makeScramSecret("pencil ", mechanism, 4096, decodeBase64(salt));
    assertEquals(isScramProof(other, authMessage, decodeBase64(proof)), false);
    assertEquals(parseScramSecret(formatScramSecret(secret)), {
      ...secret,
      salt: decodeBase64(salt),
      storedKey: new Uint8Array(secret.storedKey),
      serverKey: new Uint8Array(secret.serverKey),
    });
  });
}

Deno.test("SCRAM: a line as PostgreSQL keeps it is read, and written again", () => {
  const text = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$" +
    "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
  assertEquals(formatScramSecret(parseScramSecret(text)), text);
});

const KEY32 = "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=";
const WRONG: [text: string, problem: string][] = [
  ["", "expected SCRAM-SHA-256 or SCRAM-SHA-512"],
  ["$6$salt$hash", "expected SCRAM-SHA-256 or SCRAM-SHA-512"],
  [`SCRAM-SHA-1$4096:c2FsdA==$${KEY32}:${KEY32}`, "expected SCRAM-SHA-256 or SCRAM-SHA-512"],
  [`SCRAM-SHA-256$4095:c2FsdA==$${KEY32}:${KEY32}`, "4095 iterations, expected 4096"],
  [`SCRAM-SHA-256$99999999:c2FsdA==$${KEY32}:${KEY32}`, "99999999 iterations"],
  [`SCRAM-SHA-256$4096:c2Fsd*==$${KEY32}:${KEY32}`, "its salt is no base64"],
  [`SCRAM-SHA-256$4096:c2FsdA==$c2FsdA==:${KEY32}`, "a stored key of 4 bytes, expected 32"],
  [`SCRAM-SHA-512$4096:c2FsdA==$${KEY32}:${KEY32}`, "a stored key of 32 bytes, expected 64"],
  [`SCRAM-SHA-256$4096:c2FsdA==$${KEY32}`, "expected SCRAM-SHA-256 or SCRAM-SHA-512"],
];

for (const [text, problem] of WRONG) {
  Deno.test(`SCRAM: refused: ${text || "nothing"}`, () => {
    const error = assertThrows(() => parseScramSecret(text), Error, problem);
    assertEquals(error.message.includes("c2FsdA"), false);
  });
}

Deno.test("SCRAM: a password that SASLprep refuses, or makes empty, has no secret", async () => {
  await assertRejects(() => makeScramSecret("a\u0007b", "SCRAM-SHA-256"), Error, "SASLprep");
  await assertRejects(() => makeScramSecret("\u00ad", "SCRAM-SHA-256"), Error, "empty");
});

Deno.test("SCRAM: equal for SASLprep, equal secrets", async () => {
  const salt = new Uint8Array(16);
  const of = async (password: string, mechanism: ScramMechanism) =>
    formatScramSecret(await makeScramSecret(password, mechanism, 4096, salt));
  assertEquals(await of("I\u00adX", "SCRAM-SHA-512"), await of("\u2168", "SCRAM-SHA-512"));
});

// RFC 4013, section 3, and a few of RFC 3454's tables.
const PREPARED: [text: string, prepared: string | undefined][] = [
  ["I\u00adX", "IX"],
  ["user", "user"],
  ["USER", "USER"],
  ["\u00aa", "a"],
  ["\u2168", "IX"],
  ["\u0007", undefined],
  ["\u0627\u0031", undefined],
  ["\u0627\u0031\u0628", "\u0627\u0031\u0628"],
  ["\u0627a\u0628", undefined],
  ["a\u00a0b", "a b"],
  ["\u1680", " "],
  ["a\u200fb", undefined],
  ["\ue000", undefined],
  ["\ufffd", undefined],
  ["\u{e0041}", undefined],
  ["\ufdd0", undefined],
  ["pass\u0000word", undefined],
  ["p\u00e4ss", "pa\u0308ss".normalize("NFKC")],
  ["\ufb01n", "fin"],
  ["\u{1f600}", "\u{1f600}"],
];

for (const [text, prepared] of PREPARED) {
  Deno.test(`SASLprep: ${JSON.stringify(text)}`, () => {
    assertEquals(saslprep(text), prepared);
    if (prepared !== undefined) assertEquals(saslprep(prepared), prepared);
  });
}

Deno.test("SASLprep: what has no meaning yet may be asked for, and is not kept", () => {
  assertEquals(saslprep("\u0378"), "\u0378");
  assertEquals(saslprep("\u0378", true), undefined);
});
