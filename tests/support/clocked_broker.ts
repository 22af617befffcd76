/**
 * A broker whose time stands still, with hooks made in the test and its log kept. Used by tests/broker.
 * Invariant: disposing it stops the broker and gives the log back.
 */
import { Broker, type BrokerOptions, type Hooks } from "../../mod.ts";
import type { Bus } from "../../lib/bus/bus.ts";
import { normalizeConfig } from "../../lib/config/normalize.ts";
import type { BrokerConfig } from "../../lib/config/types.ts";
import type { BatchLog } from "../../lib/storage/batch_log.ts";
import { setUpLogging } from "../../lib/log/setup.ts";
import { Peer } from "../conformance/peer.ts";
import { WORDS4 } from "../conformance/words.ts";
import { FakeClock } from "./fake_clock.ts";
import { inlinePlugin, type InlineSetup } from "./inline_registry.ts";
import { type BrokerAddress, RawClient } from "./raw_client.ts";
import type { RawConnect } from "./raw_packets.ts";

const NOTHING_TO_SAY = { level: "info", format: "text", loggers: {} } as const;

/** The configuration of a broker on a free port of the loopback interface. */
export function testConfig(options: BrokerOptions): BrokerConfig {
  const listeners = { default: { bind: "127.0.0.1:0" } };
  return normalizeConfig({ listeners, ...options }, { directory: Deno.cwd() });
}

/** Log lines as they are written; `level` as in the configuration. */
export function captureLog(level: "debug" | "info" = "info"): string[] {
  const lines: string[] = [];
  const writeSync = (bytes: Uint8Array) => {
    lines.push(new TextDecoder().decode(bytes).trimEnd());
    return bytes.length;
  };
  setUpLogging({ ...NOTHING_TO_SAY, level }, { writeSync }, false);
  return lines;
}

/** A started broker in the hands of a test. */
export class ClockedBroker implements AsyncDisposable {
  readonly broker: Broker;
  readonly clock: FakeClock;
  readonly log: string[] = captureLog();
  readonly #clients: RawClient[] = [];

  private constructor(
    config: BrokerConfig,
    log?: BatchLog,
    clock = new FakeClock(),
    bus: Bus | undefined = undefined,
  ) {
    this.clock = clock;
    this.broker = new Broker(config, clock, { openLog: log && (() => Promise.resolve(log)), bus });
  }

  /** One that is a member of a bus. */
  static startOn(
    bus: Bus,
    options: BrokerOptions = {},
    ...hooks: (Hooks | InlineSetup)[]
  ): Promise<ClockedBroker> {
    return ClockedBroker.#start(undefined, options, hooks, undefined, bus);
  }

  /** See `start`; with a clock of the test's. */
  static startAt(
    clock: FakeClock,
    options: BrokerOptions = {},
    ...hooks: (Hooks | InlineSetup)[]
  ): Promise<ClockedBroker> {
    return ClockedBroker.#start(undefined, options, hooks, clock);
  }

  /** One that keeps what it promises in this log. */
  static startWith(
    log: BatchLog,
    options: BrokerOptions = {},
    ...hooks: (Hooks | InlineSetup)[]
  ): Promise<ClockedBroker> {
    const storage = { path: "/nowhere", ...options.storage as Record<string, unknown> };
    return ClockedBroker.#start(log, { ...options, storage }, hooks);
  }

  /** Starts one that lets everybody in; `hooks` is a plugin beside the configured ones. */
  static start(
    options: BrokerOptions = {},
    ...hooks: (Hooks | InlineSetup)[]
  ): Promise<ClockedBroker> {
    return ClockedBroker.#start(undefined, options, hooks);
  }

  static async #start(
    log: BatchLog | undefined,
    options: BrokerOptions,
    hooks: (Hooks | InlineSetup)[],
    clock?: FakeClock,
    bus?: Bus,
  ): Promise<ClockedBroker> {
    const plugins = { auth_anonymous: null, ...(options.plugins as Record<string, unknown>) };
    for (const one of hooks) plugins[inlinePlugin(one) as keyof typeof plugins] = null;
    const running = new ClockedBroker(testConfig({ ...options, plugins }), log, clock, bus);
    await running.broker.start();
    return running;
  }

  get address(): BrokerAddress {
    return { hostname: "127.0.0.1", port: this.broker.listeners[0]!.port };
  }

  /** A TCP connection without CONNECT. */
  async dial(address: BrokerAddress = this.address): Promise<RawClient> {
    const client = await RawClient.dial(address);
    this.#clients.push(client);
    return client;
  }

  /** A client that was let in. */
  async open(clientId: string, options: RawConnect = {}): Promise<Peer> {
    const raw = await RawClient.open(this.address, { clientId, ...options });
    this.#clients.push(raw);
    return new Peer(raw, clientId, WORDS4);
  }

  /** A client that was let in and keeps its session. */
  keep(clientId: string, options: RawConnect = {}): Promise<Peer> {
    return this.open(clientId, { cleanSession: false, ...options });
  }

  /** Lines of the log that say this. */
  logged(text: string): string[] {
    return this.log.filter((line) => line.includes(text));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client.close();
    await this.broker.stop();
  }
}
