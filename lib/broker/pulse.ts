/**
 * Signs of life of a broker, for who watches over its process. Invariant: `beats` rises only when a whole pass of what
 * has to be done now and then has ended, so that it stands still where the event loop hangs or each pass fails.
 */

/** What a watcher looks at. */
export class Pulse {
  /** How many passes have ended; four a second while the broker runs. */
  beats = 0;
  /** Called before the storage is read, and every second while it is. */
  onLoading: () => void = () => {};
}
