/**
 * An exchange of enhanced authentication with one client, MQTT 5.0 section 4.12, whether it comes in or proves anew
 * who it is. Invariants: it ends exactly once, by itself after EXCHANGE_MS at the latest; packets, bytes and time are
 * bounded; after its end nothing is sent for it; what the client sends is heard only while it is waited for.
 */
import { type Admission, refused } from "../access/chain/admission.ts";
import type { LoginAttempt } from "../access/chain/login_gate.ts";
import type { StepExchange } from "../access/chain/step_chain.ts";
import { type CodedReason, ReasonCode } from "../wire/codes.ts";
import { encodePacket } from "../wire/codec.ts";
import { ProtocolError } from "../wire/errors.ts";
import type { AuthPacket } from "../wire/packets.ts";
import type { Client } from "./client.ts";

/** How long all of it may take, milliseconds: what a login by password has. */
const EXCHANGE_MS = 30_000;
/** AUTH packets of the client. Kerberos and SCRAM take three at most. */
const MOST_PACKETS = 16;
/** Bytes of them, whole packets. A Kerberos ticket has up to 64 KiB. */
const MOST_BYTES = 262_144;

const LATE: CodedReason = {
  code: ReasonCode.SERVER_UNAVAILABLE,
  text: `no source has answered in ${EXCHANGE_MS / 1000} s`,
};
const SLOW: CodedReason = {
  code: ReasonCode.NOT_AUTHORIZED,
  text: `the login took the client more than ${EXCHANGE_MS / 1000} s`,
};
/** An answer to the client that is too large for it. */
export const TOO_LARGE: CodedReason = {
  code: ReasonCode.PACKET_TOO_LARGE,
  text: "AUTH is larger than the client's maximum packet size [MQTT-3.1.2-24]",
};
const GONE: CodedReason = { code: ReasonCode.SERVER_UNAVAILABLE, text: "the client has left" };
const TOO_MUCH: CodedReason = {
  code: ReasonCode.QUOTA_EXCEEDED,
  text: `more than ${MOST_PACKETS} AUTH packets, or more than ${MOST_BYTES} bytes of them`,
};

/** Sends AUTH; false: it is larger than the client takes [MQTT-3.1.2-24]. */
export function sendAuth({ connection: { outbound } }: Client, packet: AuthPacket): boolean {
  const frame = encodePacket(packet, 5);
  if (frame.length > outbound.maximumPacketSize) return false;
  outbound.push(frame);
  return true;
}

/** One exchange, under way from the beginning. */
export class Exchange {
  readonly #client: Client;
  readonly #method: string;
  readonly #aborter = new AbortController();
  readonly #ended = Promise.withResolvers<Admission>();
  readonly #cancel: () => void;
  readonly #leave = () => this.refuse(GONE);
  /** Takes what the client sends next; undefined: it is not its turn. */
  #next: ((data: Uint8Array | undefined) => void) | undefined;
  #packets = 0;
  #bytes = 0;
  /** Called when it is the client's turn. */
  onTurn: () => void = () => {};

  constructor(client: Client, method: string) {
    this.#client = client;
    this.#method = method;
    this.#cancel = client.core.clock.after(
      EXCHANGE_MS,
      () => this.refuse(this.isClientsTurn ? SLOW : LATE),
    );
    if (client.signal.aborted) this.refuse(GONE);
    else client.signal.addEventListener("abort", this.#leave, { once: true });
  }

  /** Fires at the end. */
  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  /** Is the client to send AUTH? */
  get isClientsTurn(): boolean {
    return this.#next !== undefined;
  }

  /**
   * Goes through the steps. Never rejects.
   * @param data CONNECT's, or that of the AUTH that began it; borrowed
   */
  decide(
    steps: StepExchange,
    data: Uint8Array | undefined,
    attempt: LoginAttempt,
  ): Promise<Admission> {
    this.#run(steps, data?.slice(), attempt).then(
      (admission) => this.#end(admission),
      (cause) => this.#end(Promise.reject(cause)),
    );
    return this.#ended.promise;
  }

  /**
   * The client has sent AUTH: the next step.
   * @param size bytes of the packet
   * @throws ProtocolError for one that has no place here
   */
  received({ reasonCode, properties }: AuthPacket, size: number): void {
    if (reasonCode !== ReasonCode.CONTINUE_AUTHENTICATION) {
      throw new ProtocolError(
        `AUTH with reason code ${reasonCode} in an exchange`,
        "MQTT-4.12.0-3",
      );
    }
    this.#packets++;
    this.#bytes += size;
    if (this.#packets > MOST_PACKETS || this.#bytes > MOST_BYTES) return this.refuse(TOO_MUCH);
    const next = this.#next;
    if (next === undefined) {
      throw new ProtocolError("AUTH before the answer to the one before", "4.12");
    }
    this.#next = undefined;
    next(properties?.authenticationData?.slice());
  }

  /** Ends it as a refusal, unless it has ended. */
  refuse({ code, text }: CodedReason): void {
    this.#end(refused(code, text));
  }

  async #run(
    steps: StepExchange,
    first: Uint8Array | undefined,
    attempt: LoginAttempt,
  ): Promise<Admission> {
    let data = first;
    for (;;) {
      const outcome = await steps.next(data);
      if (outcome.admission !== undefined) return outcome.admission;
      if (outcome.username !== undefined) await attempt.goesOnAs(outcome.username);
      data = await this.#ask(outcome.data);
    }
  }

  /** Sends AUTH; what the client answers. Never settles where the exchange has ended. */
  #ask(authenticationData: Uint8Array | undefined): Promise<Uint8Array | undefined> {
    const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
    if (this.signal.aborted) return promise;
    const properties = { authenticationMethod: this.#method, authenticationData };
    const reasonCode = ReasonCode.CONTINUE_AUTHENTICATION;
    if (sendAuth(this.#client, { type: "auth", reasonCode, properties })) {
      this.#next = resolve;
      this.onTurn();
    } else this.refuse(TOO_LARGE);
    return promise;
  }

  #end(admission: Admission | Promise<never>): void {
    if (this.signal.aborted) return;
    this.#next = undefined;
    this.#cancel();
    this.#client.signal.removeEventListener("abort", this.#leave);
    this.#ended.resolve(admission);
    this.#aborter.abort();
  }
}
