/** A listener with layers of a test's own. Invariant: its configuration is a plain one, and asks for nothing. */
import { readListeners } from "../../lib/config/listeners.ts";
import { Problems } from "../../lib/config/problems.ts";
import { type Layer, LayeredListener } from "../../lib/net/listen/layered.ts";
import type { Listener } from "../../lib/net/listen/listener.ts";

/** `below` with these layers on it, the first one first. */
export function layered(below: Listener, layers: readonly Layer[]): Promise<LayeredListener> {
  const [config] = readListeners(undefined, { directory: "/", dataDir: "/" }, new Problems("c"));
  return LayeredListener.open(config!, () => Promise.resolve(layers), () => Promise.resolve(below));
}
