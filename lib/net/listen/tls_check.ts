/** Would this listener's TLS start? Invariant: no address is bound, and nothing is followed afterwards. */
import type { ListenerConfig } from "../../config/types.ts";
import { problemsOf } from "../../user_error.ts";
import type { ShownCertificate } from "./listener.ts";
import { readTlsMaterial, shownCertificates } from "./tls_material.ts";
import { withTls } from "./tls_runtime.ts";

/** What was found. */
export interface TlsCheck {
  /** `KEY: FILE: WHAT`; none: it would start. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly certificates: readonly ShownCertificate[];
}

/**
 * Reads everything as a start does.
 * @param now milliseconds since 1970
 */
export async function checkTls(config: ListenerConfig, now: number): Promise<TlsCheck> {
  try {
    const material = await readTlsMaterial(withTls(config), now);
    const { warnings } = material;
    return { problems: [], warnings, certificates: shownCertificates(material) };
  } catch (cause) {
    return { problems: problemsOf(cause), warnings: [], certificates: [] };
  }
}
