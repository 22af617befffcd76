/** No other member: one broker by itself. */
import type { Bus } from "./bus.ts";

const JOINED = Promise.resolve();

/** The bus of a broker that is alone. */
export class LocalBus implements Bus {
  join(): Promise<void> {
    return JOINED;
  }

  leave(): Promise<void> {
    return JOINED;
  }

  match(): undefined {}

  send(): void {}

  subscribed(): void {}

  claim(): undefined {}

  released(): void {}

  expired(): void {}
}
