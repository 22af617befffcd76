/**
 * A client's enhanced authentication, MQTT 5.0 section 4.12: its method, and the exchange that is under way. Invariant:
 * one exchange at a time; while a login waits for the client, its connection is read on, and so it goes step by step.
 */
import type { FinalProperties } from "../access/chain/admission.ts";
import { TokenBucket } from "../token_bucket.ts";
import { messageOf } from "../user_error.ts";
import { ReasonCode } from "../wire/codes.ts";
import type { Client } from "./client.ts";
import { Exchange } from "./exchange.ts";

/** Re-authentications: as many at once, then one in ten seconds. */
const BURST = 5;
const PER_SECOND = 0.1;

/** Of a client whose CONNECT has a method; made with it. */
export class Authentication {
  readonly method: string;
  readonly #client: Client;
  /** Undefined: none is under way. */
  exchange: Exchange | undefined;
  /** What the packet that tells the end of the last exchange carries of it. */
  last: FinalProperties | undefined;
  #login: Promise<void> = Promise.resolve();
  #turn: PromiseWithResolvers<void> | undefined;
  #rate: TokenBucket | undefined;

  constructor(client: Client, method: string) {
    this.#client = client;
    this.method = method;
  }

  /** The handling of CONNECT. Resolves when it is over, or waits for the client. */
  during(login: Promise<void>): Promise<void> {
    this.#login = login;
    login.then(() => this.#turn = undefined, (error) => this.#failed(error));
    return this.untilItWaits();
  }

  /** Resolves when the login is over, or waits for the client; rejects when it fails before. */
  untilItWaits(): Promise<void> {
    const turn = this.#turn = Promise.withResolvers<void>();
    return Promise.race([this.#login, turn.promise]);
  }

  /** An exchange of a login begins. */
  begin(): Exchange {
    const exchange = this.exchange = new Exchange(this.#client, this.method);
    exchange.onTurn = () => {
      this.#client.phase = "authenticating";
      this.#turn?.resolve();
      this.#turn = undefined;
    };
    return exchange;
  }

  /** One of a client that is let in begins, which is handled as it comes. */
  beginAgain(): Exchange {
    return this.exchange = new Exchange(this.#client, this.method);
  }

  /** The exchange is over. */
  end(): void {
    this.exchange = undefined;
  }

  /** How long a re-authentication has to wait, milliseconds. */
  delay(): number {
    const now = this.#client.core.clock.now();
    const rate = this.#rate ??= new TokenBucket({ perSecond: PER_SECOND, burst: BURST });
    const wait = rate.wait(1, now);
    rate.take(1, now);
    return wait;
  }

  /** While the loop waits for the login it hears of this itself. */
  #failed(error: unknown): void {
    if (this.#turn !== undefined) return;
    const { connection } = this.#client;
    const reason = { code: ReasonCode.UNSPECIFIED_ERROR, text: messageOf(error) };
    connection.close(reason, error instanceof Error ? error : undefined);
  }
}
