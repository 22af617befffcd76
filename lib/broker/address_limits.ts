/**
 * What one listener allows each address: connections at a time, and new ones a second. Invariants: what has entered
 * leaves once, by the same address; what is no address (a socket file, a pipe) is not limited, nor is a proxy, behind
 * which many stand; the memory is that of open connections, and a bounded one of rates.
 */
import { parseAddress } from "../cidr.ts";
import type { ListenerLimits } from "../config/listener_limits.ts";
import { networkOf } from "../network.ts";
import { NetworkRates } from "../network_rates.ts";
import { type CodedReason, ReasonCode } from "../wire/codes.ts";

/** Why an address may not come in. */
export interface AddressRefusal extends CodedReason {
  /** Is there something to say about it that was not said? */
  readonly isNews: boolean;
}

/** The addresses of one listener. */
export class AddressLimits {
  readonly #most: number;
  readonly #rates: NetworkRates | undefined;
  readonly #rateText: string;
  /** By network; none is 0. */
  readonly #open = new Map<string, number>();
  readonly #isProxy: (address: string) => boolean;

  private constructor(
    { connectionsPerAddress, connectionRate }: ListenerLimits,
    isProxy: (address: string) => boolean,
  ) {
    this.#isProxy = isProxy;
    this.#most = connectionsPerAddress;
    this.#rates = connectionRate && new NetworkRates(connectionRate);
    this.#rateText = connectionRate === undefined
      ? ""
      : `more than ${connectionRate.perSecond} connections a second (max_conn_rate_per_address)`;
  }

  /** Undefined where nothing is limited. */
  static of(
    limits: ListenerLimits,
    isProxy: (address: string) => boolean,
  ): AddressLimits | undefined {
    const { connectionsPerAddress, connectionRate } = limits;
    if (connectionsPerAddress === Infinity && connectionRate === undefined) return undefined;
    return new AddressLimits(limits, isProxy);
  }

  /** Networks that have connections. */
  get size(): number {
    return this.#open.size;
  }

  /** A connection comes in: it is counted, or refused. @param now milliseconds of a clock that never goes back */
  enter(address: string, now: number): AddressRefusal | undefined {
    if (this.#isExempt(address)) return undefined;
    const network = networkOf(address);
    const open = this.#open.get(network) ?? 0;
    const answer = this.#rates?.take(address, now) ?? "granted";
    if (answer !== "granted") {
      const isNews = answer === "denied";
      return { code: ReasonCode.CONNECTION_RATE_EXCEEDED, text: this.#rateText, isNews };
    }
    if (open >= this.#most) {
      const text = `max_connections_per_address (${this.#most}) is reached`;
      return { code: ReasonCode.QUOTA_EXCEEDED, text, isNews: true };
    }
    this.#open.set(network, open + 1);
    return undefined;
  }

  /** A connection that has entered is over. */
  left(address: string): void {
    if (this.#isExempt(address)) return;
    const network = networkOf(address);
    const others = this.#open.get(network)! - 1; // it has entered
    if (others > 0) this.#open.set(network, others);
    else this.#open.delete(network);
  }

  #isExempt(address: string): boolean {
    return parseAddress(address) === undefined || this.#isProxy(address);
  }
}
