/** Hashes that would take this machine over a second: reckoned from a small measurement, on a clock of the test's. */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { HashCosts, isUnusual } from "../../../lib/access/passwords/hash_cost.ts";
import { parsePasswordHash } from "../../../lib/access/passwords/spec.ts";
import { parseStoredHash } from "../../../lib/access/passwords/stored_hash.ts";
import { PasswordVerifier } from "../../../lib/access/passwords/verifier.ts";
import { ARGON2, BCRYPT, MOSQUITTO, SHA512_CRYPT } from "./vectors.ts";

/** A machine that takes so many milliseconds for whatever is measured; the first time ten times that. */
function machine(milliseconds: number) {
  let now = 0;
  const measured: string[] = [];
  const verify = (_password: Uint8Array, hash: string) => {
    now += measured.length === 0 ? 10 * milliseconds : milliseconds;
    measured.push(hash);
    return Promise.resolve(false);
  };
  const stopwatch = () => {
    const before = now;
    return () => now - before;
  };
  return { costs: new HashCosts({ verify }, stopwatch), measured };
}

const BCRYPT_12 = BCRYPT[0]!.hash.replace("$04$", "$12$");
const SHA512_MILLION = SHA512_CRYPT[1]!.hash.replace("10000", "1000000");
const ARGON2_LARGE = ARGON2[2]!.hash.replace("m=256", "m=1048576");
const PBKDF2_MILLION = MOSQUITTO[0]!.hash.replace("$101$", "$1000000$");

const CASES: readonly [hash: string, sample: number, said: string | undefined][] = [
  [BCRYPT_12, 60, undefined],
  [BCRYPT_12, 100, "bcrypt with cost 12 takes 1.6 s a login on this machine; expected 1 s or less"],
  [SHA512_MILLION, 5, undefined],
  [SHA512_MILLION, 20, "sha512-crypt with 1000000 rounds takes 4.0 s"],
  [ARGON2_LARGE, 20, "argon2 with m=1048576 and t="],
  [PBKDF2_MILLION, 5, undefined],
  [PBKDF2_MILLION, 30, "PBKDF2 with 1000000 iterations takes 3.0 s"],
];

for (const [hash, sample, said] of CASES) {
  Deno.test(`${hash.slice(0, 24)}: ${sample} ms for a small one, ${said ?? "fine"}`, async () => {
    const { costs, measured } = machine(sample);
    const objection = await costs.objection(parseStoredHash(hash));
    assertEquals(objection?.slice(0, said?.length), said);
    const count = measured.length;
    await costs.objection(parseStoredHash(hash));
    assertEquals(measured.length, count, "measured once");
    for (const one of measured) assert(!isUnusual(parseStoredHash(one)), one);
  });
}

Deno.test("what is usual is not measured, and the rounds of passlib count as usual", async () => {
  const { costs, measured } = machine(1000);
  const passlib = SHA512_CRYPT[1]!.hash.replace("10000", "656000");
  const usual = [...SHA512_CRYPT, ...BCRYPT, ...ARGON2, ...MOSQUITTO].map(({ hash }) => hash);
  const made = "$argon2id$v=19$m=19456,t=2,p=1$" + ARGON2[2]!.hash.split("$").slice(4).join("$");
  for (const hash of [...usual, passlib, made]) {
    assertEquals(await costs.objection(parseStoredHash(hash)), undefined);
  }
  assertEquals(measured, []);
});

Deno.test("a real machine, a hash that takes a minute: told in a moment", async () => {
  using verifier = new PasswordVerifier();
  const hash = ARGON2[2]!.hash.replace("m=256", "m=1048576").replace(/t=\d+/, "t=16");
  const since = performance.now();
  const objection = await new HashCosts(verifier).objection(parseStoredHash(hash)) ?? "";
  const took = performance.now() - since;
  const [, seconds] = /^argon2 with m=1048576 and t=16 takes (\d+\.\d) s a login/.exec(objection) ??
    [];
  assert(took < Number(seconds) * 500, `${took} ms for: ${objection}`);
});

Deno.test("password_hash: iterations that take over a second are refused with the time", () => {
  const error = assertThrows(() => parsePasswordHash("pbkdf2,sha512,10000000,64"), RangeError);
  assertMatch(error.message, /10000000 iterations and 64 bytes takes \d+\.\d s a login/);
  assertThrows(() => parsePasswordHash("pbkdf2,md5,1000000,1024"), RangeError, "1024 bytes takes");
  parsePasswordHash("pbkdf2,sha512,1000,1024");
});
