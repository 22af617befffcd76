/**
 * One exchange of SCRAM, RFC 5802 section 5, seen from the server. Invariants: a name that is not known is answered as
 * one that is, up to the same refusal; a proof is looked at once, and only with the nonces of this exchange.
 */
import {
  encodeBase64,
  isScramProof,
  type ScramMechanism,
  type ScramSecret,
  scramSignature,
} from "../../sources.ts";
import { type ClientFirst, readFinal, readFirst, ScramError } from "./messages.ts";

/** What is kept of the names that are asked about. */
export interface Secrets {
  /** A name that is not known has one that no password fits; `isKnown` tells. */
  find(username: string, mechanism: ScramMechanism): { secret: ScramSecret; isKnown: boolean };
}

/** How an exchange ended well. */
export interface Proven {
  readonly username: string;
  /** The server's last message. */
  readonly message: string;
}

/** An exchange that waits for the client's last message. */
export class ScramExchange {
  readonly username: string;
  /** The server's first message. */
  readonly message: string;
  readonly #first: ClientFirst;
  readonly #secret: ScramSecret;
  readonly #isKnown: boolean;
  readonly #nonce: string;

  /**
   * Reads the client's first message.
   * @param serverNonce printable ASCII without a comma, never the same again
   * @throws ScramError
   */
  constructor(text: string, mechanism: ScramMechanism, secrets: Secrets, serverNonce: string) {
    this.#first = readFirst(text);
    this.username = this.#first.username;
    const { secret, isKnown } = secrets.find(this.username, mechanism);
    this.#secret = secret;
    this.#isKnown = isKnown;
    this.#nonce = `${this.#first.nonce}${serverNonce}`;
    const { salt, iterations } = secret;
    this.message = `r=${this.#nonce},s=${encodeBase64(salt)},i=${iterations}`;
  }

  /**
   * Reads the client's last message.
   * @throws ScramError, also for a wrong proof
   */
  prove(text: string): Proven {
    const { header, nonce, proof, withoutProof } = readFinal(text);
    if (header !== this.#first.header) {
      throw new ScramError("channel-bindings-dont-match", "c= is not the header it began with");
    }
    if (nonce !== this.#nonce) {
      throw new ScramError("other-error", "r= is not the nonce of this exchange");
    }
    const authMessage = `${this.#first.bare},${this.message},${withoutProof}`;
    const isRight = isScramProof(this.#secret, authMessage, proof);
    if (!isRight || !this.#isKnown) {
      const why = this.#isKnown ? "wrong password" : "no such user for this mechanism";
      throw new ScramError("invalid-proof", why);
    }
    const signature = scramSignature(this.#secret, authMessage);
    return { username: this.username, message: `v=${encodeBase64(signature)}` };
  }
}
