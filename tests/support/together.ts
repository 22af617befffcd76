/** Brokers with a bus between them in one process. Invariant: disposing of it stops all. */
import type { BrokerOptions, Hooks } from "../../mod.ts";
import { ClockedBroker } from "./clocked_broker.ts";
import type { InlineSetup } from "./inline_registry.ts";
import { MemoryBus } from "./memory_bus.ts";

/** Brokers that are one. */
export class Together implements AsyncDisposable {
  readonly bus: MemoryBus;
  readonly brokers: readonly ClockedBroker[];

  private constructor(bus: MemoryBus, brokers: readonly ClockedBroker[]) {
    this.bus = bus;
    this.brokers = brokers;
  }

  static async start(
    count = 2,
    options: BrokerOptions = {},
    hooks: Hooks = {},
  ): Promise<Together> {
    const bus = new MemoryBus(count);
    const starts = Array.from(
      { length: count },
      (_, i) => ClockedBroker.startOn(bus.of(i), options, hooks),
    );
    return new Together(bus, await Promise.all(starts));
  }

  /** Each with a plugin of its own. */
  static async with(plugins: InlineSetup[]): Promise<Together> {
    const bus = new MemoryBus(plugins.length);
    const starts = plugins.map((plugin, i) => ClockedBroker.startOn(bus.of(i), {}, plugin));
    return new Together(bus, await Promise.all(starts));
  }

  /** The first two, or three. */
  get all(): [ClockedBroker, ClockedBroker, ClockedBroker] {
    return this.brokers as [ClockedBroker, ClockedBroker, ClockedBroker];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.brokers.map((broker) => broker[Symbol.asyncDispose]()));
  }
}
