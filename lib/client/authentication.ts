/**
 * Enhanced authentication of MQTT 5, the client's side, section 4.12: what a method has to do, and one exchange of
 * AUTH packets. Invariants: one exchange at a time; the method's data goes into AUTH and CONNECT and nowhere else.
 */
import { encodePacket } from "../wire/codec.ts";
import { ReasonCode } from "../wire/codes.ts";
import { ProtocolError } from "../wire/errors.ts";
import type { Properties } from "../wire/properties.ts";
import { messageOf } from "../user_error.ts";
import { ClientError } from "./errors.ts";

/** A method of enhanced authentication, such as SCRAM-SHA-256. */
export interface Authentication {
  /** As CONNECT names it. */
  readonly method: string;
  /** It proves the password, so that CONNECT does not carry it. */
  readonly replacesPassword?: boolean;
  /** Begins an exchange: one for each CONNECT, and one for each re-authentication. */
  begin(): AuthenticationExchange;
}

/** One exchange; what its functions throw ends the connection. */
export interface AuthenticationExchange {
  /**
   * What to send next.
   * @param data what the broker has sent; undefined at the beginning, and where it has sent none
   * @returns data of AUTH, or of CONNECT at the beginning; undefined: none
   */
  step(data: Uint8Array | undefined): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** The broker is content. Throws where what it has sent shows that it is not the right one. */
  finish?(data: Uint8Array | undefined): void | Promise<void>;
}

/** An exchange under way on one connection. */
export class AuthenticationRun {
  readonly method: string;
  readonly #exchange: AuthenticationExchange;

  constructor(authentication: Authentication) {
    this.method = authentication.method;
    this.#exchange = authentication.begin();
  }

  /**
   * The properties of the next AUTH or CONNECT.
   * @throws ClientError `authentication`
   */
  async next(data: Uint8Array | undefined): Promise<Properties> {
    const { method } = this;
    try {
      const answer = await this.#exchange.step(data?.slice());
      return answer === undefined
        ? { authenticationMethod: method }
        : { authenticationMethod: method, authenticationData: answer };
    } catch (error) {
      throw failed(error);
    }
  }

  /** The broker is content; throws ClientError `authentication` where the client is not. */
  async finish(data: Uint8Array | undefined): Promise<void> {
    try {
      await this.#exchange.finish?.(data?.slice());
    } catch (error) {
      throw failed(error);
    }
  }

  /** AUTH is of the same method throughout [MQTT-4.12.0-5]. */
  check({ authenticationMethod }: Properties): void {
    if (authenticationMethod === this.method) return;
    throw new ProtocolError("AUTH with another authentication method", "MQTT-4.12.0-5");
  }
}

/** AUTH with this reason code. */
export function authFrame(reasonCode: 0x18 | 0x19, properties: Properties): Uint8Array {
  return encodePacket({ type: "auth", reasonCode, properties }, 5);
}

/** CONNECT's static data alone: a method whose broker asks for more cannot go on. */
export function staticAuthentication(
  method: string,
  data: Uint8Array | undefined,
): Authentication {
  return {
    method,
    begin() {
      let isFirst = true;
      return {
        step() {
          if (!isFirst) {
            throw new Error(`the broker asks for more of ${method} than was configured`);
          }
          isFirst = false;
          return data;
        },
      };
    },
  };
}

function failed(cause: unknown): ClientError {
  const message = `the authentication failed: ${messageOf(cause)}`;
  return new ClientError("authentication", message, {
    cause,
    reasonCode: ReasonCode.NOT_AUTHORIZED,
  });
}
