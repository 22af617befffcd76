/**
 * sha512-crypt (`$6$`), Ulrich Drepper's specification of 2007: the algorithm alone. SHA-512 is handed in.
 * Invariant: pure; it neither parses hashes nor chooses salts.
 */

/** SHA-512 of the input; the 64 bytes returned are not written to afterwards. */
export type Sha512 = (data: Uint8Array) => Uint8Array;

/** Rounds where a hash has no `rounds=`. */
export const SHA512_CRYPT_DEFAULT_ROUNDS = 5000;

const ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const encoder = new TextEncoder();

/**
 * The last field of a `$6$` hash: 86 characters.
 *
 * @param salt At most 16 characters, as written in the hash.
 */
export function sha512Crypt(
  password: Uint8Array,
  salt: string,
  rounds: number,
  sha512: Sha512,
): string {
  const saltBytes = encoder.encode(salt);
  let digest = startDigest(password, saltBytes, sha512);
  const p = spread(sha512(repeat(password, password.length)), password.length);
  const s = spread(sha512(repeat(saltBytes, 16 + digest[0]!)), saltBytes.length);
  const inputs = roundInputs(p, s);
  for (let round = 0; round < rounds; round++) {
    const input = inputs[inputIndex(round)]!;
    input.bytes.set(digest, input.digestAt);
    digest = sha512(input.bytes);
  }
  return encodeDigest(digest);
}

function startDigest(password: Uint8Array, salt: Uint8Array, sha512: Sha512): Uint8Array {
  const alternate = sha512(join(password, salt, password));
  const parts = [password, salt, spread(alternate, password.length)];
  for (let bits = password.length; bits > 0; bits >>= 1) {
    parts.push(bits & 1 ? alternate : password);
  }
  return sha512(join(...parts));
}

/** What one round hashes: everything in place but the 64 bytes of the digest before it. */
interface RoundInput {
  readonly bytes: Uint8Array;
  readonly digestAt: number;
}

function inputIndex(round: number): number {
  return (round & 1) | (round % 3 ? 2 : 0) | (round % 7 ? 4 : 0);
}

/** A round's input depends on three bits of its number only, so eight buffers serve all rounds. */
function roundInputs(p: Uint8Array, s: Uint8Array): RoundInput[] {
  return Array.from({ length: 8 }, (_, index) => {
    const odd = (index & 1) !== 0;
    const middle = join(index & 2 ? s : new Uint8Array(0), index & 4 ? p : new Uint8Array(0));
    const digest = new Uint8Array(64);
    return odd
      ? { bytes: join(p, middle, digest), digestAt: p.length + middle.length }
      : { bytes: join(digest, middle, p), digestAt: 0 };
  });
}

function repeat(bytes: Uint8Array, times: number): Uint8Array {
  const out = new Uint8Array(bytes.length * times);
  for (let i = 0; i < times; i++) out.set(bytes, i * bytes.length);
  return out;
}

/** The digest again and again, cut at `length`. */
function spread(digest: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  for (let at = 0; at < length; at += 64) {
    out.set(digest.subarray(0, Math.min(64, length - at)), at);
  }
  return out;
}

function join(...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Three bytes make four characters, low bits first; each triple is the one before, turned and moved on. */
function encodeDigest(digest: Uint8Array): string {
  let text = "";
  let [a, b, c] = [0, 21, 42];
  for (let i = 0; i < 21; i++) {
    text += encodeBits((digest[a]! << 16) | (digest[b]! << 8) | digest[c]!, 4);
    [a, b, c] = [b + 1, c + 1, a + 1];
  }
  return text + encodeBits(digest[63]!, 2);
}

function encodeBits(bits: number, characters: number): string {
  let text = "";
  for (let i = 0; i < characters; i++) text += ALPHABET[(bits >> (6 * i)) & 63];
  return text;
}
