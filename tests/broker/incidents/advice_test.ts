/** Every reason that the broker has comes with a sentence of its own that says what to do. */
import { assert, assertEquals } from "@std/assert";
import { Drop } from "../../../lib/broker/drops.ts";
import { adviceFor, ownAdvice } from "../../../lib/broker/incidents/advice.ts";
import { BY_CODE } from "../../../lib/broker/incidents/advice_codes.ts";
import { ReasonCode } from "../../../lib/wire/codes.ts";

const ROOT = new URL("../../../", import.meta.url);
/** Where reasons are made that a client's connection ends, is refused or loses messages for. */
const PLACES = [
  "lib/broker",
  "lib/broker/packets",
  "lib/broker/life",
  "lib/broker/face",
  "lib/net",
  "lib/bans",
  "lib/access/chain",
];
/** A reason as a value: a code and a text, in whatever order. */
const REASON = /\btext(?::| =)\s*(?:"([^"]+)"|`((?:[^`\\]|\\.)+)`)/g;
/** Texts that are no reason of an incident by themselves. */
const NONE = new Set([
  "denied", // the code says what to do, for the rule says why
  "not authorized",
  "the standard's words",
  "proven where it came in", // of one that is let in
]);

function* reasonsOf(source: string): Generator<string> {
  for (const [, plain, template] of source.matchAll(REASON)) {
    const text = plain ?? template!.replaceAll(/\$\{[^}]*\}/g, "1");
    if (!NONE.has(text) && !text.startsWith("refused: ")) yield text;
  }
}

async function allReasons(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const place of PLACES) {
    for await (const { name } of Deno.readDir(new URL(`${place}/`, ROOT))) {
      if (!name.endsWith(".ts")) continue;
      const source = await Deno.readTextFile(new URL(`${place}/${name}`, ROOT));
      for (const text of reasonsOf(source)) found.set(text, `${place}/${name}`);
    }
  }
  return found;
}

/** What a limit of subscriptions is called in its reason. */
const SHORTAGES = ["max_subscriptions", "max_subscription_bytes", "max_memory", "storage"];

Deno.test("every reason in the source has advice of its own", async () => {
  const reasons = await allReasons();
  assert(reasons.size > 45, `only ${reasons.size} were found`);
  const lacking = [...reasons]
    .filter(([text]) => text !== "1 is reached" && text !== "1 failed: 1")
    .filter(([reason]) =>
      ownAdvice({ kind: "refused", action: "", reason, rule: "" }) === undefined
    );
  assertEquals(lacking, []);
  for (const limit of SHORTAGES) {
    const reason = `${limit} is reached`;
    assert(ownAdvice({ kind: "refused", action: "", reason, rule: "" }), reason);
  }
});

Deno.test("every reason code that ends or refuses something has a sentence", () => {
  const elsewhere = new Set<number>([
    ReasonCode.PACKET_IDENTIFIER_IN_USE,
    ReasonCode.PACKET_IDENTIFIER_NOT_FOUND,
    ReasonCode.USE_ANOTHER_SERVER,
    ReasonCode.SERVER_MOVED,
  ]);
  const lacking = Object.values(ReasonCode)
    .filter((code) => code >= 0x80 && !elsewhere.has(code) && !BY_CODE.has(code));
  assertEquals(lacking, []);
});

Deno.test("every drop has a sentence, and so has what is not known", () => {
  for (const { code, text: reason } of Object.values(Drop)) {
    const advice = adviceFor({ kind: "dropped", action: "receive", code, reason, rule: "" });
    assert(/\w.*[.`]$/.test(advice), `${reason}: ${advice}`);
  }
  const code = ReasonCode.USE_ANOTHER_SERVER;
  const unknown = { kind: "refused", action: "", code, reason: "?", rule: "" } as const;
  assert(adviceFor(unknown).length > 0);
});

Deno.test("the words of a rule decide about a login alone", () => {
  const rule = 'acl_file: acl.conf:3: {deny, all, publish, ["the broker stops/#"]}';
  const denied = { kind: "denied", action: "publish", code: 0x87, reason: "denied", rule } as const;
  assert(adviceFor(denied).includes("acl explain"));
  const login = {
    kind: "login",
    action: "connect",
    code: 0x88,
    reason: "server unavailable",
  } as const;
  assert(adviceFor({ ...login, rule: "no source has answered in 30 s" }).includes("acl sources"));
});
