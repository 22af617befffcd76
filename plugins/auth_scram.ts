/**
 * Lets clients of MQTT 5 in by SCRAM-SHA-256 and SCRAM-SHA-512 (RFC 5802, 7677), with the users of a file. Invariants:
 * no answer tells whether a user is known; an exchange is ended by its second message, right or wrong; messages of an
 * exchange reach no log.
 */
import { randomBytes } from "node:crypto";
import { FileUsers, isScramMechanism, saslprep, SCRAM_MECHANISMS } from "../sources.ts";
import {
  type AuthenticateStepRequest,
  definePlugin,
  optionsOf,
  pathOption,
  type StepDecision,
  type StepVerdict,
} from "../plugin.ts";
import { ScramExchange, type Secrets } from "./auth_scram/exchange.ts";
import { ScramFile } from "./auth_scram/file.ts";
import { ScramError, textOf } from "./auth_scram/messages.ts";

const OPTIONS = optionsOf({
  /** Relative to the configuration. */
  password_file: pathOption,
});

/** 192 bits: none comes again. */
const NONCE_BYTES = 24;
/** 3.1.1's bad username or password. */
const BAD_PASSWORD = 4;

export default definePlugin({
  name: "auth_scram",
  apiVersion: 1,
  options: OPTIONS,
  async setup({ password_file }, context) {
    const file = await ScramFile.open(password_file, context);
    const logins = new ScramLogins(() => file.users);
    return {
      authenticateStep: (request) => logins.step(request),
      authenticationMethods: () => SCRAM_MECHANISMS,
      admitsNoOne: () => file.users.size === 0 ? `${file.path} has no user` : undefined,
      users: new FileUsers(file),
      brokerReloading: () => file.reload(),
      dispose: () => file.close(),
    };
  },
});

/** The exchanges that are under way. */
class ScramLogins {
  readonly #secrets: () => Secrets;
  readonly #exchanges = new WeakMap<object, ScramExchange>();

  constructor(secrets: () => Secrets) {
    this.#secrets = secrets;
  }

  step(request: AuthenticateStepRequest): StepVerdict {
    if (!isScramMechanism(request.method)) return undefined;
    try {
      return request.step === 0 ? this.#first(request) : this.#last(request);
    } catch (error) {
      if (!(error instanceof ScramError)) throw error;
      const { word, message: because } = error;
      const answer = { result: "deny", data: encode(`e=${word}`), because } as const;
      return word === "invalid-proof" ? { ...answer, returnCode: BAD_PASSWORD } : answer;
    }
  }

  #first({ client, method, data, exchange }: AuthenticateStepRequest): StepDecision {
    if (!isScramMechanism(method)) throw new TypeError(`${method} is no mechanism of mine`);
    const nonce = randomBytes(NONCE_BYTES).toString("base64");
    const begun = new ScramExchange(textOf(data ?? NOTHING), method, this.#secrets(), nonce);
    const { username, message } = begun;
    if (client.username !== undefined && saslprep(client.username) !== username) {
      throw new ScramError("other-error", "its username is another one than that of the exchange");
    }
    this.#exchanges.set(exchange, begun);
    return { result: "continue", username, data: encode(message) };
  }

  #last({ data, exchange }: AuthenticateStepRequest): StepDecision {
    const begun = this.#exchanges.get(exchange);
    this.#exchanges.delete(exchange);
    if (begun === undefined) throw new ScramError("other-error", "the exchange is over");
    const { username, message } = begun.prove(textOf(data ?? NOTHING));
    return { result: "allow", username, data: encode(message) };
  }
}

const NOTHING = new Uint8Array(0);

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
