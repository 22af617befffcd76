/**
 * What one listener allows each address: connections at a time, and new ones a second. Invariants: what has entered
 * leaves once, by the same address; all are counted, whatever is limited, so that a limit can come later; what is no
 * address (a socket file, a pipe) is not limited, nor is a proxy, behind which many stand; the memory is that of open
 * connections, and a bounded one of rates.
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
  #most = Infinity;
  #rates: NetworkRates | undefined;
  #rate: ListenerLimits["connectionRate"];
  #isProxy: (address: string) => boolean = () => false;
  /** By network; none is 0. */
  readonly #open = new Map<string, number>();

  /** Takes limits over; who is in stays, and a rate that is the same goes on. */
  follow(
    { connectionsPerAddress, connectionRate }: ListenerLimits,
    isProxy: (address: string) => boolean,
  ): void {
    this.#most = connectionsPerAddress;
    this.#isProxy = isProxy;
    if (JSON.stringify(this.#rate) === JSON.stringify(connectionRate)) return;
    this.#rate = connectionRate;
    this.#rates = connectionRate && new NetworkRates(connectionRate);
  }

  /** Networks that have connections. */
  get size(): number {
    return this.#open.size;
  }

  /** A connection comes in: it is counted, or refused. @param now milliseconds of a clock that never goes back */
  enter(address: string, now: number): AddressRefusal | undefined {
    if (parseAddress(address) === undefined) return undefined;
    const network = networkOf(address);
    const open = this.#open.get(network) ?? 0;
    const refusal = this.#isProxy(address) ? undefined : this.#refusal(address, open, now);
    if (refusal === undefined) this.#open.set(network, open + 1);
    return refusal;
  }

  /** A connection that has entered is over. */
  left(address: string): void {
    if (parseAddress(address) === undefined) return;
    const network = networkOf(address);
    const others = this.#open.get(network)! - 1; // it has entered
    if (others > 0) this.#open.set(network, others);
    else this.#open.delete(network);
  }

  #refusal(address: string, open: number, now: number): AddressRefusal | undefined {
    const answer = this.#rates?.take(address, now) ?? "granted";
    if (answer !== "granted") {
      const text =
        `more than ${this.#rate?.perSecond} connections a second (max_conn_rate_per_address)`;
      return { code: ReasonCode.CONNECTION_RATE_EXCEEDED, text, isNews: answer === "denied" };
    }
    if (open < this.#most) return undefined;
    const text = `max_connections_per_address (${this.#most}) is reached`;
    return { code: ReasonCode.QUOTA_EXCEEDED, text, isNews: true };
  }
}
