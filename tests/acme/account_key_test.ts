/** The account's key: its file, its signature, and the binding to an account made elsewhere. */
import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { AccountKey, externalBinding } from "../../lib/acme/account_key.ts";
import { decodeBase64, encodeBase64Url } from "../../lib/encoding.ts";
import { UserError } from "../../lib/user_error.ts";
import { runProgram } from "../services/system.ts";
import { DataDir } from "./stage.ts";

const text = (base64: string) => new TextDecoder().decode(decodeBase64(base64));

Deno.test("acme: a key is made once, and read from its file afterwards", async () => {
  await using dataDir = new DataDir();
  const file = `${dataDir.path}/account.pem`;
  const made = await AccountKey.open(file);
  const read = await AccountKey.open(file);
  assertEquals(read.jwk, made.jwk);
  assertEquals(await read.thumbprint(), await made.thumbprint());
  assertEquals((await Deno.stat(file)).mode! & 0o777, 0o600);
  const other = await AccountKey.open(`${dataDir.path}/other.pem`);
  assertNotEquals(other.jwk, made.jwk);
});

Deno.test("acme: what openssl has made is read, and what is no key is refused", async () => {
  await using dataDir = new DataDir();
  const file = `${dataDir.path}/account.pem`;
  const curve = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
  await runProgram("openssl", ["genpkey", ...curve, "-out", file]);
  assertEquals((await AccountKey.open(file)).jwk.crv, "P-256");
  await Deno.writeTextFile(file, "hello");
  await assertRejects(
    () => AccountKey.open(file),
    UserError,
    `${file}: expected the key of an account (P-256, PKCS #8 in PEM); without the file a new one is made`,
  );
});

Deno.test("acme: a signature that WebCrypto verifies", async () => {
  await using dataDir = new DataDir();
  const key = await AccountKey.open(`${dataDir.path}/account.pem`);
  const url = "https://ca.test/order";
  const signed = JSON.parse(await key.sign({ nonce: "n", url, kid: "k" }, { a: 1 }));
  assertEquals(JSON.parse(text(signed.protected)), { alg: "ES256", nonce: "n", url, kid: "k" });
  assertEquals(text(signed.payload), '{"a":1}');
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const publicKey = await crypto.subtle.importKey("jwk", { ...key.jwk }, curve, false, ["verify"]);
  const bytes = new TextEncoder().encode(`${signed.protected}.${signed.payload}`);
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  const signature = decodeBase64(signed.signature);
  assertEquals(await crypto.subtle.verify(algorithm, publicKey, signature, bytes), true);
  assertEquals(JSON.parse(await key.sign({ url })).payload, "");
});

Deno.test("acme: the thumbprint hashes the members that RFC 7638 names, in its order", async () => {
  await using dataDir = new DataDir();
  const key = await AccountKey.open(`${dataDir.path}/account.pem`);
  const { x, y } = key.jwk;
  const canonical = `{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`;
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical));
  assertEquals(await key.thumbprint(), encodeBase64Url(new Uint8Array(hash)));
});

Deno.test("acme: a binding is the account's key, signed with the other account's", async () => {
  const jwk = { crv: "P-256", kty: "EC", x: "x", y: "y" };
  const account = { keyId: "kid", hmacKey: encodeBase64Url(new TextEncoder().encode("secret")) };
  const binding = Object(await externalBinding(account, jwk, "https://ca.test/new"));
  assertEquals(JSON.parse(text(binding.protected)), {
    alg: "HS256",
    kid: "kid",
    url: "https://ca.test/new",
  });
  assertEquals(JSON.parse(text(binding.payload)), jwk);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const secret = new TextEncoder().encode("secret");
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["verify"]);
  const signed = new TextEncoder().encode(`${binding.protected}.${binding.payload}`);
  const signature = decodeBase64(binding.signature);
  assertEquals(await crypto.subtle.verify("HMAC", key, signature, signed), true);
});
