/** The `password_hash` option: EMQ X's syntax, digests computed with Python's hashlib and bcrypt. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { parsePasswordHash } from "../../../lib/access/passwords/spec.ts";
import { UnsupportedHashError } from "../../../lib/access/passwords/stored_hash.ts";
import { PasswordVerifier } from "../../../lib/access/passwords/verifier.ts";
import { ARGON2, BCRYPT, SHA512_CRYPT } from "./vectors.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Option, password, stored hash, salt. */
const MATCHES: [string, string, string, string?][] = [
  ["plain", "public", "public"],
  ["salt,plain", "public", "saltpublic", "salt"],
  ["plain,salt", "public", "publicsalt", "salt"],
  ["md5", "md5", "1bc29b36f623ba82aaf6724fd3b16718"],
  ["md5", "public", "4c9184f37cff01bcdc32dc486ec36961"],
  ["salt,md5", "public", "c91e85973ceee05f005996584f067a72", "salt"],
  ["md5,salt", "public", "b8fe9a6d76f4fa94adda07a7833e6402", "salt"],
  ["sha", "public", "61c9b2b17db77a27841bbeeabff923448b0f6388"],
  ["salt,sha", "public", "54625c8c5d22e86e9a3d2732bf48d0f43d343366", "salt"],
  ["sha,salt", "public", "43e71834067d59d83ae934bb80670178b810b9be", "salt"],
  ["sha256", "public", "efa1f375d76194fa51a3556a97e641e61685f914d446979da50a551a4333ffd7"],
  ["sha256", "public", "EFA1F375D76194FA51A3556A97E641E61685F914D446979DA50A551A4333FFD7"],
  [
    "salt,sha256",
    "public",
    "f2ef7f9aedb2c3b5040bc16691a1177758a92ad91e1ee77770215a332bf6099f",
    "salt",
  ],
  [
    "sha256 , salt",
    "public",
    "f4a8615be301fbaf6213df33cfe5f22953aafc0c31beb8f2daef55b127444d27",
    "salt",
  ],
  [
    "sha512",
    "public",
    "d32997e9747b65a3ecf65b82533a4c843c4e16dd30cf371e8c81ab60a341de00051da422d41ff29c55695f233a1e06fac8b79aeb0a4d91ae5d3d18c8e09b8c73",
  ],
  [
    "salt,sha512",
    "public",
    "82112846414ba6fd95be5ac402188c3a7cf1a178485e937fded30f9e398c94094d2d742a41dd0982febd36484be12f19d3cf9130fe2d903d61b5c7ae9a327185",
    "salt",
  ],
  [
    "sha512,salt",
    "public",
    "7ffaf674fc0b94835d6cdba9f3e80b7d7dc8efe5fe7cfe9f01d38d309718cef339fc3014fb007d2133d65d6fea8e904817670aeb69ca47a74554804c15e1bd4f",
    "salt",
  ],
  ["pbkdf2,sha,1,16", "password", "cdedb5281bb2f801565a1122b2563515", "ATHENA.MIT.EDUraeburn"],
  ["pbkdf2,sha256,1000,20", "public", "22be3bfe74b2de35c2940b2a1f44179da481dea9", "salty"],
  ["pbkdf2,md5,3,16", "public", "0304d4143f9a79f249725a0598171e61", "salty"],
  [
    "pbkdf2,sha512,5000,64",
    "public",
    "8235adb9504c327660a2b8209c3314ecbe7d0af056d34623b0d971138da92afa9f75782f4cbcce61a756d4336b4c52d07cc258de7259a94907ee003b7b98fd0e",
    "salty",
  ],
  ["bcrypt", BCRYPT[1]!.password, BCRYPT[1]!.hash],
  [
    "salt,bcrypt",
    "public",
    "$2a$04$abcdefghijklmnopqrstuuaNoRgelGRsJ2Tm9Zn/HHRlHib6lnzBu",
    "$2a$04$abcdefghijklmnopqrstuu",
  ],
  [
    "bcrypt,salt",
    "public",
    "$2a$04$abcdefghijklmnopqrstuuaNoRgelGRsJ2Tm9Zn/HHRlHib6lnzBu",
    "$2a$04$abcdefghijklmnopqrstuu",
  ],
  ["sha512_crypt", SHA512_CRYPT[3]!.password, SHA512_CRYPT[3]!.hash],
  ["$6$", SHA512_CRYPT[3]!.password, SHA512_CRYPT[3]!.hash],
  ["argon2", ARGON2[2]!.password, ARGON2[2]!.hash],
];

Deno.test("password_hash: the right password, a wrong one, another hash", async (t) => {
  using verifier = new PasswordVerifier();
  for (const [option, password, hash, salt] of MATCHES) {
    await t.step(`${option}: ${hash.slice(0, 12)}`, async () => {
      const check = parsePasswordHash(option);
      assertEquals(check.needsSalt, salt !== undefined);
      assert(await check.verify(bytes(password), { hash, salt }, verifier));
      assert(!await check.verify(bytes(password + "x"), { hash, salt }, verifier));
      if (salt === undefined) return;
      assert(!await check.verify(bytes(password), { hash, salt: salt + "x" }, verifier));
      await assertRejects(
        () => check.verify(bytes(password), { hash, salt: null }, verifier),
        UnsupportedHashError,
        "no salt",
      );
    });
  }
});

Deno.test("password_hash: every MAC of PBKDF2 is there", async () => {
  using verifier = new PasswordVerifier();
  for (const mac of ["md4", "md5", "ripemd160", "sha", "sha224", "sha256", "sha384", "sha512"]) {
    const check = parsePasswordHash(`pbkdf2,${mac},2,8`);
    assert(!await check.verify(bytes("x"), { hash: "0".repeat(16), salt: "s" }, verifier), mac);
  }
});

Deno.test("password_hash: a row with a hash of another kind is an error, not a wrong password", async () => {
  using verifier = new PasswordVerifier();
  const verify = (option: string, hash: string) =>
    parsePasswordHash(option).verify(bytes("x"), { hash }, verifier);
  await assertRejects(
    () => verify("bcrypt", SHA512_CRYPT[0]!.hash),
    UnsupportedHashError,
    "bcrypt",
  );
  await assertRejects(() => verify("argon2", "plain"), UnsupportedHashError, "not a password hash");
});

Deno.test("password_hash: anything else is refused, with what was expected", () => {
  const refused = [
    "",
    "SHA256",
    "scrypt",
    "constructor",
    "salt",
    "salt,salt",
    "sha256,md5",
    "salt,sha256,extra",
    "salt,pbkdf2",
    "salt,argon2",
    "pbkdf2",
    "pbkdf2,sha256,1000",
    "pbkdf2,sha256,1000,20,salt",
    "pbkdf2,sha3,1000,20",
    "pbkdf2,constructor,1000,20",
    "pbkdf2,sha256,0,20",
    "pbkdf2,sha256,1e3,20",
    "pbkdf2,sha256,-1,20",
    "pbkdf2,sha256,1000,0",
    "pbkdf2,sha256,99999999,20",
  ];
  for (const option of refused) {
    assertThrows(() => parsePasswordHash(option), RangeError, "expected plain, md5", option);
  }
});
