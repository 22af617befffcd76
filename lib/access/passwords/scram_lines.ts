/**
 * Lines of a file of SCRAM secrets. Invariants: a password that is set is the only one of its user, for every mechanism;
 * a file has a key of its own for the salts of users who are not there.
 */
import { encodeBase64 } from "../../encoding.ts";
import {
  formatScramSecret,
  makeScramSecret,
  parseScramSecret,
  type ScramMechanism,
} from "./scram.ts";
import type { LineKind } from "./user_lines.ts";

/** The lines of such a file. */
export const SCRAM_LINES: LineKind = {
  expected: "USER:SCRAM-SHA-256$ITERATIONS:SALT$STORED_KEY:SERVER_KEY",
  isUserLine(line) {
    try {
      parseScramSecret(line.slice(line.indexOf(":") + 1).trim());
      return true;
    } catch {
      return false; // some other text
    }
  },
};

const DECOY_KEY = "# key of the salts of unknown users:";

/** The text with such a key. */
export function withDecoyKey(text: string): string {
  if (text.includes(DECOY_KEY)) return text;
  return `${DECOY_KEY} ${encodeBase64(crypto.getRandomValues(new Uint8Array(24)))}\n${text}`;
}

/**
 * What stands behind the first `USER:`; of several mechanisms the other lines, too.
 * @throws Error for a password that SASLprep does not allow
 */
export async function scramLines(
  user: string,
  password: string,
  mechanisms: readonly ScramMechanism[],
  iterations: number,
): Promise<string> {
  const secrets: string[] = [];
  for (const mechanism of mechanisms) {
    secrets.push(formatScramSecret(await makeScramSecret(password, mechanism, iterations)));
  }
  return secrets.join(`\n${user}:`);
}
