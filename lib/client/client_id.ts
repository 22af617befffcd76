/** Client ids for clients that were given none. */

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Every broker takes ids of up to 23 letters and digits [MQTT-3.1.3-5]. */
const RANDOM_LENGTH = 18;

/** `midge` and 18 random letters and digits. */
export function randomClientId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(RANDOM_LENGTH));
  return `midge${Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join("")}`;
}
