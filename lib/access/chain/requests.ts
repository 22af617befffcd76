/**
 * What sources are asked, as their hooks get it. Invariant: the signal, which costs an AbortController, is made only
 * for a source that looks at it.
 */
import type { AuthenticateRequest, AuthorizeRequest } from "../../plugin/decisions.ts";
import type { ClientView } from "../../plugin/types.ts";
import type { QoS } from "../../wire/packets.ts";

/** Who waits for an answer; the signal is made only for a source that looks at it. */
export interface Waiter {
  /** Fires when the answer is no longer wanted. */
  readonly signal: AbortSignal;
}

/** What is asked of `authorize`, without the signal. */
export interface Question {
  readonly client: ClientView;
  readonly action: "publish" | "subscribe";
  readonly topic: string;
  readonly qos: QoS;
  readonly retain: boolean;
}

/** A login. */
export class AuthenticationRequest implements AuthenticateRequest {
  readonly client: ClientView;
  readonly password: Uint8Array | undefined;
  /** What sources have left to do before a refusal, in order. */
  readonly owed: (() => Promise<unknown>)[] = [];
  readonly #waiter: Waiter;

  constructor(client: ClientView, password: Uint8Array | undefined, waiter: Waiter) {
    this.client = client;
    this.password = password;
    this.#waiter = waiter;
  }

  get signal(): AbortSignal {
    return this.#waiter.signal;
  }

  readonly beforeRefusal = (work: () => Promise<unknown>): void => void this.owed.push(work);

  /** The same of a client that goes by this name. */
  of(username: string | undefined): AuthenticationRequest {
    const { client } = this;
    if (username === client.username) return this;
    const named = { ...client, username, attributes: client.attributes };
    return new AuthenticationRequest(named, this.password, this.#waiter);
  }
}

/** A publish or a subscription. */
export class AuthorizationRequest implements AuthorizeRequest {
  readonly client: ClientView;
  readonly action: "publish" | "subscribe";
  readonly topic: string;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly #waiter: Waiter;

  constructor({ client, action, topic, qos, retain }: Question, waiter: Waiter) {
    this.client = client;
    this.action = action;
    this.topic = topic;
    this.qos = qos;
    this.retain = retain;
    this.#waiter = waiter;
  }

  get signal(): AbortSignal {
    return this.#waiter.signal;
  }
}
