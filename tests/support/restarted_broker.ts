/**
 * A broker with its storage in a folder, which is stopped or killed and started again on it. Invariants: a kill leaves what
 * was in the folder at that moment; the clock that never goes back begins anew with each start, the machine's goes on.
 */
import type { BrokerOptions, Hooks } from "../../mod.ts";
import { Peer } from "../conformance/peer.ts";
import { type Version, WORDS4, WORDS5 } from "../conformance/words.ts";
import { ClockedBroker } from "./clocked_broker.ts";
import { FakeClock } from "./fake_clock.ts";
import type { InlineSetup } from "./inline_registry.ts";
import { TempFolder } from "./midge_process.ts";
import type { RawConnect } from "./raw_packets.ts";
import { connect5, type RawConnect5 } from "./raw_packets5.ts";
import { until } from "./until.ts";

/** How a broker ends. */
export type End = "stop" | "kill";

/** Both. */
export const ENDS: readonly End[] = ["stop", "kill"];

/** A clock of its own for each run of the broker. */
class MachineClock extends FakeClock {
  /** The machine's clock is ahead of the other by this. */
  ahead = 0;
  override readonly epoch = (): number => this.time + this.ahead;
}

/** What is different at the next start. */
export interface Restart {
  /** How long the broker is away, by the machine's clock, milliseconds; negative: the clock was set back. */
  readonly away?: number;
  readonly options?: BrokerOptions;
}

/** One storage, and the broker that runs on it. */
export class RestartedBroker implements AsyncDisposable {
  inner!: ClockedBroker;
  readonly #folder = new TempFolder();
  readonly #hooks: readonly (Hooks | InlineSetup)[];
  #options: BrokerOptions;
  #clock = new MachineClock();
  #path = "1";
  #runs = 1;

  private constructor(options: BrokerOptions, hooks: readonly (Hooks | InlineSetup)[]) {
    this.#options = options;
    this.#hooks = hooks;
    this.#clock.ahead = 1_000_000_000;
  }

  /** Starts one on an empty folder. */
  static async start(
    options: BrokerOptions = {},
    ...hooks: (Hooks | InlineSetup)[]
  ): Promise<RestartedBroker> {
    const it = new RestartedBroker(options, hooks);
    await it.#begin();
    return it;
  }

  /** Lets time pass. */
  advance(milliseconds: number): void {
    this.#clock.advance(milliseconds);
  }

  /** Sets the machine's clock, forward or back. */
  setClock(by: number): void {
    this.#clock.ahead += by;
  }

  /** Ends the broker and starts another one on what it left; its clients' connections are over. */
  async restart(end: End, { away = 0, options = this.#options }: Restart = {}): Promise<void> {
    if (end === "kill") this.#copy();
    await this.inner[Symbol.asyncDispose]();
    const epoch = this.#clock.epoch() + away;
    this.#clock = new MachineClock(5000 + this.#runs++);
    this.#clock.ahead = epoch - this.#clock.time;
    this.#options = options;
    await this.#begin();
  }

  /** A client that was let in; its session ends with its connection unless told otherwise. */
  async open(version: Version, clientId: string, options: RawConnect = {}): Promise<Peer> {
    const words = version === 4 ? WORDS4 : WORDS5;
    return await this.#letIn(clientId, words.connect({ clientId, ...options }), version);
  }

  /** One of MQTT 5, as it says. */
  async open5(clientId: string, options: RawConnect5 = {}): Promise<Peer> {
    return await this.#letIn(clientId, connect5({ clientId, ...options }), 5);
  }

  /** A client whose session stays. */
  keep(version: Version, clientId: string, options: RawConnect = {}): Promise<Peer> {
    return this.open(version, clientId, { cleanSession: false, ...options });
  }

  /** A client whose session stays, which subscribes and goes. */
  async away(version: Version, clientId: string, filter: string, qos: number): Promise<void> {
    const peer = await this.keep(version, clientId);
    await peer.subscribed([filter, qos]);
    await this.leave(peer);
  }

  /** The client goes, and the broker has noticed. */
  async leave(peer: Peer, isDropped = false): Promise<void> {
    const { metrics } = this.inner.broker;
    const { clientsConnected } = metrics;
    if (isDropped) await peer.drop();
    else await peer.disconnect();
    await until(() => metrics.clientsConnected < clientsConnected, "the end of a connection");
  }

  /** What was recorded so far is in the folder, also what no one waits for. */
  async settle(): Promise<void> {
    this.advance(1000);
    await until(() => this.inner.broker.metrics.storage!.pending === 0, "a quiet storage");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.inner[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }

  async #begin(): Promise<void> {
    const storage = { path: `${this.#folder.path}/${this.#path}` };
    this.inner = await ClockedBroker.startAt(
      this.#clock,
      { storage, ...this.#options },
      ...this.#hooks,
    );
  }

  /** What would be there if the broker ended now: in one turn, for the broker goes on meanwhile. */
  #copy(): void {
    const from = `${this.#folder.path}/${this.#path}`;
    const to = `${this.#folder.path}/${this.#path = `${this.#runs + 1}`}`;
    while (!isCopied(from, to));
  }

  async #letIn(clientId: string, connect: Uint8Array, version: Version): Promise<Peer> {
    const raw = await this.inner.dial();
    await raw.send(connect);
    const { body } = await raw.expectPacket("CONNACK");
    if (body[1] !== 0) throw new Error(`CONNECT was refused with ${body[1]}`);
    raw.sessionPresent = body[0] === 1;
    return new Peer(raw, clientId, version === 4 ? WORDS4 : WORDS5);
  }
}

/** Copies a folder's files; false: one of them was removed meanwhile. */
function isCopied(from: string, to: string): boolean {
  Deno.mkdirSync(to);
  try {
    for (const { name } of Deno.readDirSync(from)) {
      Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
    }
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    Deno.removeSync(to, { recursive: true });
    return false;
  }
}
