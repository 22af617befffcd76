/**
 * The users of a file of SCRAM secrets, as they are asked about. Invariants: what is said of a name that is not there is
 * the same each time, and looks like what is said of one that is; it says nothing about the file.
 */
import { randomBytes } from "node:crypto";
import {
  type FileUser,
  isBlank,
  parseScramSecret,
  saslprep,
  SCRAM_ITERATIONS,
  SCRAM_MECHANISMS,
  scramHmac,
  scramKeyLength,
  type ScramMechanism,
  type ScramSecret,
} from "../../sources.ts";
import { messageOf } from "../../plugin.ts";
import type { Secrets } from "./exchange.ts";

/** One reading of a file. */
export interface Reading {
  readonly text: string;
  /** By name and mechanism, see {@link keyOf}. */
  readonly secrets: ReadonlyMap<string, ScramSecret>;
  /** What salts of names that are not there are made of, where the file says it. */
  readonly decoyKey: string | undefined;
  /** About lines that cannot be used, or can but deserve a word. */
  readonly remarks: readonly string[];
}

const USUAL_SALT = 16;
/** `midge passwd --scram` writes it: a comment to all others. */
const DECOY_KEY = /^#\s*key of the salts of unknown users:\s*(\S{16,})\s*$/;

/** A blank stands in no mechanism's name. */
function keyOf(username: string, mechanism: ScramMechanism): string {
  return `${mechanism} ${username}`;
}

/**
 * Reads `USER:SCRAM-SHA-256$ITERATIONS:SALT$STORED_KEY:SERVER_KEY` lines.
 * @throws Error for an empty text, and where there are lines and none of them can be used
 */
export function parseUsers(text: string): Reading {
  if (isBlank(text)) {
    throw new Error("it is empty; where no one is to be known, write a comment (#)");
  }
  const secrets = new Map<string, ScramSecret>();
  const remarks: string[] = [];
  let decoyKey: string | undefined;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    decoyKey ??= DECOY_KEY.exec(line)?.[1];
    if (line === "" || line.startsWith("#")) continue;
    try {
      const [user, secret] = parseLine(line);
      const key = keyOf(user, secret.mechanism);
      if (secrets.has(key)) remarks.push(`line ${index + 1}: ${user} again; this line counts`);
      secrets.set(key, secret);
    } catch (error) {
      remarks.push(`line ${index + 1} is not used: ${messageOf(error)}`);
    }
  }
  if (secrets.size === 0 && remarks.length > 0) throw new Error(remarks[0]);
  return { text, secrets, decoyKey, remarks };
}

function parseLine(line: string): [user: string, secret: ScramSecret] {
  const colon = line.indexOf(":");
  if (colon < 1) {
    throw new Error("expected USER:SCRAM-SHA-256$ITERATIONS:SALT$STORED_KEY:SERVER_KEY");
  }
  const user = saslprep(line.slice(0, colon), true);
  if (user === undefined || user === "") {
    throw new Error("its user has a character that SASLprep (RFC 4013) does not allow");
  }
  return [user, parseScramSecret(line.slice(colon + 1).trim())];
}

/** The users that count now. */
export class ScramUsers implements Secrets {
  readonly #secrets: ReadonlyMap<string, ScramSecret>;
  readonly #decoyKey: Uint8Array;
  readonly #shapes: ReadonlyMap<ScramMechanism, Pick<ScramSecret, "iterations" | "salt">>;

  constructor({ secrets, decoyKey }: Reading) {
    this.#secrets = secrets;
    this.#decoyKey = decoyKey === undefined ? keyFrom(secrets) : new TextEncoder().encode(decoyKey);
    this.#shapes = new Map(SCRAM_MECHANISMS.map((one) => [one, shapeOf(secrets.values(), one)]));
  }

  /** By name, with its mechanisms. */
  list(): FileUser[] {
    const mechanisms = new Map<string, ScramMechanism[]>();
    for (const [key, { mechanism }] of this.#secrets) {
      const username = key.slice(mechanism.length + 1);
      const known = mechanisms.get(username);
      if (known === undefined) mechanisms.set(username, [mechanism]);
      else known.push(mechanism);
    }
    return Array.from(mechanisms, ([username, some]) => ({ username, hash: some.join(", ") }));
  }

  /** Secrets, not users: one may have several. */
  get size(): number {
    return this.#secrets.size;
  }

  find(username: string, mechanism: ScramMechanism): { secret: ScramSecret; isKnown: boolean } {
    const known = this.#secrets.get(keyOf(username, mechanism));
    const decoy = this.#decoyOf(username, mechanism); // made for every name: the time tells nothing
    return { secret: known ?? decoy, isKnown: known !== undefined };
  }

  #decoyOf(username: string, mechanism: ScramMechanism): ScramSecret {
    const { iterations, salt } = this.#shapes.get(mechanism)!;
    const key = this.#decoyKey;
    const bytes = scramHmac("SCRAM-SHA-512", key, `salt ${keyOf(username, mechanism)}`);
    const storedKey = scramHmac(mechanism, key, `stored ${keyOf(username, mechanism)}`);
    const serverKey = new Uint8Array(scramKeyLength(mechanism));
    return {
      mechanism,
      iterations,
      salt: bytes.slice(0, salt.length),
      storedKey,
      serverKey,
    };
  }
}

/** Where the file says none: the same at the next start, as long as its first line is. */
function keyFrom(secrets: ReadonlyMap<string, ScramSecret>): Uint8Array {
  const [first] = secrets.values();
  return first === undefined
    ? randomBytes(32)
    : scramHmac(first.mechanism, first.serverKey, "decoys");
}

/** Iterations and length of the salt that most secrets of a mechanism have; a decoy has at most 64 bytes of salt. */
function shapeOf(
  secrets: Iterable<ScramSecret>,
  mechanism: ScramMechanism,
): Pick<ScramSecret, "iterations" | "salt"> {
  const counts = new Map<string, number>();
  let usual = `${SCRAM_ITERATIONS.usual} ${USUAL_SALT}`;
  for (const secret of secrets) {
    if (secret.mechanism !== mechanism) continue;
    const shape = `${secret.iterations} ${secret.salt.length}`;
    counts.set(shape, (counts.get(shape) ?? 0) + 1);
    if (counts.get(shape)! > (counts.get(usual) ?? 0)) usual = shape;
  }
  const [iterations = 0, length = 0] = usual.split(" ").map(Number);
  return { iterations, salt: new Uint8Array(length) };
}
