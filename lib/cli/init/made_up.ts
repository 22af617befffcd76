/** A password that is made up. Invariant: 100 random bits, in characters that no one mistakes for each other. */

/** 32 of them: five bits each, and all equally likely. */
const CHARACTERS = "abcdefghijkmnpqrstuvwxyz23456789";
const GROUPS = 4;
const IN_GROUP = 5;

/** Such as `k7mf9-x2qtp-d8wcn-4hjra`. */
export function madeUpPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(GROUPS * IN_GROUP));
  const text = Array.from(bytes, (byte) => CHARACTERS[byte % CHARACTERS.length]).join("");
  return text.replaceAll(/.{5}(?!$)/g, "$&-");
}
