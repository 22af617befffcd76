/** SCRAM's messages, RFC 5802 section 7: what is read, what is refused with which word, and whole exchanges. */
import { assertEquals, assertThrows } from "@std/assert";
import { ScramExchange, type Secrets } from "../../../plugins/auth_scram/exchange.ts";
import { readFinal, readFirst, ScramError } from "../../../plugins/auth_scram/messages.ts";
import { makeScramSecret } from "../../../lib/access/passwords/scram.ts";
import { decodeBase64 } from "../../../lib/encoding.ts";
import { SCRAM_EXAMPLES } from "../../access/passwords/scram_examples.ts";

for (const one of SCRAM_EXAMPLES) {
  Deno.test(`a whole exchange: ${one.source}`, async () => {
    const secret = await makeScramSecret("pencil", one.mechanism, 4096, decodeBase64(one.salt));
    const secrets: Secrets = { find: () => ({ secret, isKnown: true }) };
    const exchange = new ScramExchange(one.clientFirst, one.mechanism, secrets, one.serverNonce);
    assertEquals(exchange.message, one.serverFirst);
    assertEquals(exchange.prove(one.clientFinal), {
      username: "user",
      message: `v=${one.signature}`,
    });
    const wrong = one.clientFinal.replace(/p=./, "p=A");
    assertEquals(wordOf(() => exchange.prove(wrong)), "invalid-proof");
    const unknown: Secrets = { find: () => ({ secret, isKnown: false }) };
    const other = new ScramExchange(one.clientFirst, one.mechanism, unknown, one.serverNonce);
    assertEquals(wordOf(() => other.prove(one.clientFinal)), "invalid-proof");
  });
}

function wordOf(work: () => unknown): string {
  return assertThrows(work, ScramError).word;
}

Deno.test("the first message: n and y, a name with comma and equals sign, its own name again", () => {
  assertEquals(readFirst("n,,n=a=2Cb=3Dc,r=x"), {
    header: "n,,",
    bare: "n=a=2Cb=3Dc,r=x",
    username: "a,b=c",
    nonce: "x",
  });
  assertEquals(readFirst("y,a=user,n=user,r=x,t=later").header, "y,a=user,");
  assertEquals(readFirst("n,,n=I\u00adX,r=x").username, "IX");
});

const FIRST: [text: string, word: string][] = [
  ["", "invalid-encoding"],
  ["n", "invalid-encoding"],
  ["n,,", "invalid-encoding"],
  ["n=user,r=x", "invalid-encoding"],
  ["x,,n=user,r=x", "invalid-encoding"],
  ["p=tls-exporter,,n=user,r=x", "channel-binding-not-supported"],
  ["n,,m=ext,n=user,r=x", "extensions-not-supported"],
  ["n,,n=user", "invalid-encoding"],
  ["n,,n=user,r=", "invalid-encoding"],
  ["n,,n=user,r=a\u00e4", "invalid-encoding"],
  ["n,,n=user,r=a b", "invalid-encoding"],
  [`n,,n=user,r=${"x".repeat(1025)}`, "invalid-encoding"],
  ["n,,r=x,n=user", "invalid-encoding"],
  ["n,,n=,r=x", "invalid-username-encoding"],
  ["n,,n=a=b,r=x", "invalid-username-encoding"],
  ["n,,n=a=2c,r=x", "invalid-username-encoding"],
  ["n,,n=a\u0007,r=x", "invalid-username-encoding"],
  [`n,,n=${"x".repeat(1025)},r=x`, "invalid-username-encoding"],
  ["n,a=admin,n=user,r=x", "other-error"],
  ["n,b=user,n=user,r=x", "invalid-encoding"],
];

for (const [text, word] of FIRST) {
  Deno.test(`refused as a first message: ${text.slice(0, 40) || "nothing"}: ${word}`, () => {
    assertEquals(wordOf(() => readFirst(text)), word);
  });
}

const FINAL: [text: string, word: string][] = [
  ["", "invalid-encoding"],
  ["c=biws,r=x", "invalid-encoding"],
  ["r=x,c=biws,p=AAAA", "invalid-encoding"],
  ["c=b*ws,r=x,p=AAAA", "invalid-encoding"],
  ["c=biws,r=x,p=AAA", "invalid-encoding"],
  ["c=biws,r=x,p=AA AA", "invalid-encoding"],
  ["c=biws,r=x,p=AAAA,z=1", "invalid-encoding"],
  ["c=/w==,r=x,p=AAAA", "invalid-encoding"],
];

for (const [text, word] of FINAL) {
  Deno.test(`refused as a last message: ${text || "nothing"}: ${word}`, () => {
    assertEquals(wordOf(() => readFinal(text)), word);
  });
}

Deno.test("the last message: extensions count for the proof and say nothing", () => {
  assertEquals(readFinal("c=biws,r=x,z=1,p=AAAA"), {
    header: "n,,",
    nonce: "x",
    proof: new Uint8Array(3),
    withoutProof: "c=biws,r=x,z=1",
  });
});
