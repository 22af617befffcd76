/** Passwords against hashes that other programs wrote, and the life of the worker behind them. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { QueueFullError } from "../../../lib/access/passwords/fair_queue.ts";
import {
  isSupportedHash,
  parseStoredHash,
  slowHashWarning,
  UnsupportedHashError,
} from "../../../lib/access/passwords/stored_hash.ts";
import {
  hashPassword,
  MAX_PASSWORD_BYTES,
  type PasswordScheme,
  PasswordVerifier,
  verifyPassword,
} from "../../../lib/access/passwords/verifier.ts";
import { ARGON2, BCRYPT, MOSQUITTO, SHA512_CRYPT, type Vector } from "./vectors.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const CHEAP = SHA512_CRYPT[4]!.hash;

function verifyVectors(family: string, vectors: Vector[]): void {
  Deno.test(`${family}: hashes of other programs`, async (t) => {
    using verifier = new PasswordVerifier();
    for (const { name, password, hash } of vectors) {
      await t.step(name, async () => {
        assert(isSupportedHash(hash));
        assertEquals(await verifier.verify(bytes(password), hash), true);
        assertEquals(await verifier.verify(bytes(password.slice(1)), hash), password === "");
        assertEquals(await verifier.verify(bytes(password.toUpperCase() + "!"), hash), false);
        assertEquals(await verifier.verify(bytes(password), altered(hash)), false);
      });
    }
  });
}

/** The hash with one character of its digest changed, well before the padding. */
function altered(hash: string): string {
  const at = hash.length - 8;
  return hash.slice(0, at) + (hash[at] === "a" ? "b" : "a") + hash.slice(at + 1);
}

verifyVectors("sha512-crypt", SHA512_CRYPT);
verifyVectors("bcrypt", BCRYPT);
verifyVectors("argon2", ARGON2);
verifyVectors("mosquitto_passwd", MOSQUITTO);

Deno.test("hashPassword: what it makes is verified, with a new salt each time", async () => {
  const shapes: [PasswordScheme, RegExp][] = [
    ["argon2id", /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/],
    ["bcrypt", /^\$2b\$10\$/],
    ["sha512", /^\$6\$rounds=50000\$[./0-9A-Za-z]{16}\$/],
    ["pbkdf2", /^\$7\$20000\$/],
  ];
  using verifier = new PasswordVerifier();
  for (const [scheme, shape] of shapes) {
    const [first, second] = [
      await verifier.hash("sécret", scheme),
      await verifier.hash("sécret", scheme),
    ];
    assert(shape.test(first), `${scheme}: ${first}`);
    assert(first !== second, scheme);
    assertEquals(await verifier.verify(bytes("sécret"), first), true, scheme);
    assertEquals(await verifier.verify(bytes("secret"), first), false, scheme);
  }
});

Deno.test("hashPassword, verifyPassword: for a single password; argon2id unless told", async () => {
  const hash = await hashPassword(bytes("one"));
  assert(hash.startsWith("$argon2id$"));
  assertEquals(await verifyPassword(bytes("one"), hash), true);
});

Deno.test("hashPassword: refuses what could not be verified", async () => {
  await assertRejects(() => hashPassword("", "argon2id"), RangeError, "1 to 1024 bytes");
  await assertRejects(() => hashPassword("x".repeat(73), "bcrypt"), RangeError, "1 to 72 bytes");
  await assertRejects(() => hashPassword("a\0b", "bcrypt"), RangeError, "zero byte");
  await assertRejects(() => hashPassword("x".repeat(1025), "sha512"), RangeError, "512");
});

Deno.test("bcrypt: a password with a zero byte is never right, though bcrypt cannot tell", async () => {
  using verifier = new PasswordVerifier();
  const hash = BCRYPT[0]!.hash;
  assertEquals(await verifier.verify(bytes("correct horse\0correct horse"), hash), false);
});

Deno.test("verify: a password above the limit is wrong, without any computation", async () => {
  using verifier = new PasswordVerifier();
  assertEquals(await verifier.verify(new Uint8Array(MAX_PASSWORD_BYTES + 1), CHEAP), false);
  assertEquals(verifier.workerRunning, false);
});

Deno.test("sha512-crypt: what is longer than 512 bytes is wrong, without any computation", async () => {
  using verifier = new PasswordVerifier();
  const long = "x".repeat(512);
  await assertRejects(() => verifier.hash(`${long}x`, "sha512"), RangeError, "1 to 512 bytes");
  const { hash } = SHA512_CRYPT[1]!;
  assertEquals(await verifier.verify(bytes(`${long}x`), hash), false);
  assertEquals(verifier.workerRunning, false);
  assertEquals(await verifier.verify(bytes(long), hash), false);
  assertEquals(verifier.workerRunning, true);
});

Deno.test("slow checks: listeners take turns, and within one networks; a /64 is one network", async () => {
  using verifier = new PasswordVerifier();
  const begun: string[] = [];
  const add = (name: string, listener: string, address: string) =>
    verifier.enqueue(() => (begun.push(name), Promise.resolve()), { listener, address });
  const flood = Array.from({ length: 4 }, (_, i) => add(`flood${i}`, "public", `2001:db8::${i}`));
  const others = [
    add("other network", "public", "2001:db8:0:1::1"),
    add("inside", "inside", "2001:db8::9"),
  ];
  await Promise.all([...flood, ...others]);
  assertEquals(begun, ["flood0", "flood1", "inside", "other network", "flood2", "flood3"]);
});

Deno.test("parseStoredHash: says what is wrong and never shows the hash", () => {
  const cases: [string, string][] = [
    ["secret", "not a password hash"],
    ["", "not a password hash"],
    ["$1$abcdefgh$G9aD0O9aT8xDV1yJb5WJp1", "begin with $1$"],
    ["$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc8", "begin with $5$"],
    ["$6$salt$tooshort", "damaged sha512-crypt"],
    [SHA512_CRYPT[0]!.hash + "x", "damaged sha512-crypt"],
    [SHA512_CRYPT[1]!.hash.replace("10000", "999999999"), "at most 10000000"],
    [BCRYPT[0]!.hash.slice(0, -1), "damaged bcrypt"],
    [BCRYPT[0]!.hash.replace("$04$", "$31$"), "bcrypt cost 31: at most 16"],
    ["$2x$04$iCne5wP8NfGvVJWzAigb..gJGP3ea2HcnlnfRqaWIapr0PlPuisxq", "begin with $2x$"],
    [ARGON2[2]!.hash.replace("v=19", "v=16"), "damaged argon2"],
    [ARGON2[2]!.hash.replace("m=256", "m=8"), "8 times p"],
    [ARGON2[2]!.hash.replace("m=256", "m=4000000"), "argon2 memory"],
    [MOSQUITTO[0]!.hash.replace("$101$", "$0$"), "damaged mosquitto_passwd"],
    [MOSQUITTO[0]!.hash.replace("PC0tWlK1oCQbhieB", "!"), "damaged mosquitto_passwd"],
    [MOSQUITTO[0]!.hash.replace("pcEpPoa1", ""), "damaged mosquitto_passwd"],
    [ARGON2[2]!.hash.replace(/\$[^$]+(\$[^$]+)$/, "$!$1"), "damaged argon2"],
    [ARGON2[2]!.hash.replace(/\$[^$]+$/, "$!"), "damaged argon2"],
    [MOSQUITTO[1]!.hash + "$x==", "damaged mosquitto 1.x"],
  ];
  for (const [hash, message] of cases) {
    const error = assertThrows(() => parseStoredHash(hash), UnsupportedHashError, message);
    assertEquals(isSupportedHash(hash), false, hash);
    const digest = hash.split("$").at(-1)!;
    if (digest.length > 6) assert(!(error as Error).message.includes(digest), hash);
  }
});

Deno.test("parseStoredHash: rounds below 1000 are 1000, as crypt(3) does it", () => {
  const hash = SHA512_CRYPT[4]!.hash.replace("rounds=1000", "rounds=10");
  assertEquals(parseStoredHash(hash), parseStoredHash(SHA512_CRYPT[4]!.hash));
});

Deno.test("slowHashWarning: the rounds that passlib writes, and nothing about usual costs", () => {
  const passlib = SHA512_CRYPT[1]!.hash.replace("10000", "656000");
  const warning = slowHashWarning(parseStoredHash(passlib));
  assertEquals(warning, "slow to check: sha512-crypt rounds 656000; below 300000 is fine");
  for (const { hash } of [...SHA512_CRYPT, ...BCRYPT, ...ARGON2, ...MOSQUITTO]) {
    assertEquals(slowHashWarning(parseStoredHash(hash)), undefined);
  }
});

Deno.test("the worker starts with the first slow hash and ends when idle", async () => {
  using verifier = new PasswordVerifier({ idleTimeout: 0 });
  await verifier.verify(bytes("correct horse"), MOSQUITTO[0]!.hash);
  assertEquals(verifier.workerRunning, false);
  const running = verifier.verify(bytes(""), CHEAP);
  assertEquals(verifier.workerRunning, true);
  assertEquals(await running, true);
  while (verifier.workerRunning) await new Promise((resolve) => setTimeout(resolve, 1));
  assertEquals(await verifier.verify(bytes("no"), CHEAP), false, "a new worker answers");
});

Deno.test("a right password of a slow hash is remembered for a while, a wrong one is not", async () => {
  let now = 1_000;
  using verifier = new PasswordVerifier({ idleTimeout: 0, rememberFor: 300_000, now: () => now });
  const startsWorker = async (password: string) => {
    while (verifier.workerRunning) await new Promise((resolve) => setTimeout(resolve, 1));
    const answer = verifier.verify(bytes(password), CHEAP);
    const started = verifier.workerRunning;
    await answer;
    return started;
  };
  assertEquals(await startsWorker(""), true);
  assertEquals(await startsWorker(""), false, "remembered");
  assertEquals(await startsWorker("x"), true);
  assertEquals(await startsWorker("x"), true, "a wrong one is computed again");
  now += 300_000;
  assertEquals(await startsWorker(""), true, "forgotten");
});

Deno.test("verify copies the password before it waits", async () => {
  using verifier = new PasswordVerifier();
  const first = verifier.verify(bytes("x"), CHEAP);
  const password = bytes(SHA512_CRYPT[5]!.password);
  const second = verifier.verify(password, SHA512_CRYPT[5]!.hash);
  password.fill(0);
  assertEquals([await first, await second], [false, true]);
});

Deno.test("verify: the signal ends the waiting, and too many waiting are refused", async () => {
  using verifier = new PasswordVerifier({ maxWaiting: 1 });
  const controller = new AbortController();
  const running = verifier.verify(bytes("a"), CHEAP, { address: "192.0.2.1" });
  const waiting = verifier.verify(bytes("b"), CHEAP, {
    address: "192.0.2.1",
    signal: controller.signal,
  });
  const refused = verifier.verify(bytes("c"), CHEAP, { address: "192.0.2.1" });
  await assertRejects(() => refused, QueueFullError);
  controller.abort(new Error("gone"));
  await assertRejects(() => waiting, Error, "gone");
  assertEquals(await running, false);
});

Deno.test("dispose rejects what waits and what runs", async () => {
  const verifier = new PasswordVerifier();
  const running = verifier.verify(bytes("a"), CHEAP);
  const waiting = verifier.verify(bytes("b"), CHEAP);
  verifier.dispose();
  await assertRejects(() => running, Error, "stopped");
  await assertRejects(() => waiting, Error, "disposed");
  await assertRejects(() => verifier.verify(bytes("c"), CHEAP), Error, "disposed");
  assertEquals(verifier.workerRunning, false);
});
