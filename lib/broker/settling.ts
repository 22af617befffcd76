/**
 * Messages that have been under way for long get bytes of their own, so that they keep no slab in memory. Invariant: a
 * pass looks at the clock, and pauses.
 */
import type { NetServices } from "../net/connection.ts";
import { Slice } from "../net/turn.ts";
import type { PayloadSlabs } from "../session/payload_slabs.ts";

/** Does what is due, as long as that takes. */
export function settle(slabs: PayloadSlabs, net: Pick<NetServices, "turn" | "now">): void {
  const slice = new Slice(net);
  if (slabs.settle(() => slice.isOver)) return;
  void net.turn.pause().then(() => settle(slabs, net));
}
