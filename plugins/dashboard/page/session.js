// @ts-check
/**
 * Who is logged in, and whether the broker answers. Invariant: undefined is not known yet, null is no one; what the
 * page hides from a viewer the server refuses as well.
 */
import { Store, useStore } from "./store.js";

/**
 * @typedef {{ name: string, role: "admin" | "viewer", csrf: string, superuser?: boolean }} Session
 * @typedef {{ isLost: boolean, retryAt: number }} Connection
 */

/** @type {Store<Session | null | undefined>} */
export const session = new Store(/** @type {Session | null | undefined} */ (undefined));

/** Does the broker answer? `retryAt` in milliseconds since 1970. */
export const connection = new Store(/** @type {Connection} */ ({ isLost: false, retryAt: 0 }));

/** Raised when the connection is back: what is shown is asked for again. */
export const comeback = new Store(0);

/** May who is logged in change anything? For views. */
export function useIsAdmin() {
  return useStore(session)?.role === "admin";
}
