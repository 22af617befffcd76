/** Where TLS can be served. Invariant: a runtime that cannot do what is asked for is refused, with what to do. */
import type { ListenerConfig, TlsConfig } from "../../config/types.ts";
import { ListenerKeyError } from "./listener_error.ts";

/** Older ones were seen to hang in the handshake, and never ask for a certificate. */
const OLDEST = [2, 9] as const;

/**
 * The TLS of a listener that has it.
 * @throws ListenerKeyError where this Deno cannot serve it
 */
export function withTls({ tls }: ListenerConfig, version: string = Deno.version.deno): TlsConfig {
  if (tls === undefined) throw new TypeError("a listener without TLS");
  if (isServed(version)) return tls;
  throw new ListenerKeyError(
    `ssl: this program was built with Deno ${version}, which cannot serve TLS; expected Deno ${
      OLDEST.join(".")
    } or newer, or a proxy in front that ends TLS (docs/TLS.md)`,
  );
}

function isServed(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}
