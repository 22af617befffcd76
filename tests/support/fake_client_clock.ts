/** A client's clock that stands still until a test moves it. For `new Client(options, clock)`. */
import type { ClientClock } from "../../lib/client/clock.ts";
import { FakeClock } from "./fake_clock.ts";

/** Time and chance as a test wants them. */
export class FakeClientClock extends FakeClock implements ClientClock {
  /** Every pause that was asked for, milliseconds. */
  readonly pauses: number[] = [];
  /** What `random` answers. */
  chance = 0;

  readonly random = (): number => this.chance;

  override readonly after = (milliseconds: number, callback: () => void): () => void => {
    this.pauses.push(milliseconds);
    return this.startOnce(milliseconds, callback);
  };
}
