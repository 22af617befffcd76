/** Hashes for users who are not there: of the cost of those who are, and right for no password. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { Decoys } from "../../../lib/access/passwords/decoys.ts";
import { parsePasswordHash } from "../../../lib/access/passwords/spec.ts";
import { parseStoredHash } from "../../../lib/access/passwords/stored_hash.ts";
import { PasswordVerifier } from "../../../lib/access/passwords/verifier.ts";
import { ARGON2, BCRYPT, MOSQUITTO, SHA512_CRYPT } from "./vectors.ts";

const ENCODER = new TextEncoder();
const NAMES = Array.from({ length: 100 }, (_, index) => `nobody${index}`);

Deno.test("every kind of hash: a decoy of the same parameters, for which its own password is wrong", async () => {
  using verifier = new PasswordVerifier();
  for (const { hash, password } of [SHA512_CRYPT[1]!, BCRYPT[0]!, ARGON2[2]!, MOSQUITTO[0]!]) {
    const decoys = new Decoys();
    decoys.note({ hash, salt: "s" });
    const decoy = decoys.of("nobody")!;
    const [real, made] = [hash, decoy.hash].map((text) => ({
      ...parseStoredHash(text),
      digest: "",
    }));
    assertEquals([made, decoy.salt], [real, "s"]);
    assertNotEquals(decoy.hash, hash);
    assertEquals(await verifier.verify(ENCODER.encode(password), decoy.hash), false);
  }
});

Deno.test("every digest is another one", () => {
  for (const letter of ["A", "B", "z", "0"]) {
    const hash = `${BCRYPT[0]!.hash.slice(0, -5)}${letter}${BCRYPT[0]!.hash.slice(-4)}`;
    const decoys = new Decoys();
    decoys.note({ hash });
    assertNotEquals(decoys.of("nobody")!.hash, hash);
  }
});

Deno.test("a name has the same decoy each time, and names together have all that were seen", () => {
  const decoys = new Decoys({ hash: "first" });
  assertEquals(decoys.of("nobody"), { hash: "first" });
  const hashes = [BCRYPT[0]!, ARGON2[2]!, MOSQUITTO[0]!].map(({ hash }) => hash);
  for (const hash of [...hashes, ...hashes]) decoys.note({ hash });
  const before = NAMES.map((name) => decoys.of(name));
  for (const hash of hashes) decoys.note({ hash });
  assertEquals(NAMES.map((name) => decoys.of(name)), before, "whatever was seen again meanwhile");
  const kind = (name: string) => parseStoredHash(decoys.of(name)!.hash).scheme;
  assertEquals(NAMES.map(kind), NAMES.map(kind));
  assertEquals(new Set(NAMES.map(kind)).size, 3);
});

Deno.test("what tells no cost is not kept; many costs are bounded", () => {
  const decoys = new Decoys();
  for (const hash of ["secret", "efa1f375d76194fa", "$9$x", ""]) decoys.note({ hash });
  assertEquals(decoys.of("nobody"), undefined);
  const hashOf = (cost: number) => BCRYPT[0]!.hash.replace(/\$\d\d\$/, `$${cost}$`);
  for (let cost = 10; cost < 17; cost++) decoys.note({ hash: hashOf(cost) });
  for (let cost = 10; cost < 17; cost++) decoys.note({ hash: hashOf(cost).replace("$2a", "$2b") });
  assert(new Set(NAMES.map((name) => decoys.of(name)!.hash)).size <= 7);
});

Deno.test("each password_hash has a decoy of its own kind, until one was seen", async () => {
  using verifier = new PasswordVerifier();
  const specs = [
    "plain",
    "sha256",
    "salt,md5",
    "sha512,salt",
    "pbkdf2,sha256,1000,20",
    "bcrypt",
    "salt,bcrypt",
    "argon2",
    "sha512_crypt",
  ];
  for (const spec of specs) {
    const check = parsePasswordHash(spec);
    for (const password of ["", "secret"]) {
      const isRight = await check.verify(ENCODER.encode(password), check.decoy, verifier);
      assertEquals(isRight, false, `${spec} ${password}`);
    }
  }
});
