/**
 * What a failed handshake of TLS means, and what a listener asks of clients, in words. Pure. Invariant: one sentence,
 * which tells the operator what to look at.
 */
import type { TlsConfig } from "../../config/types.ts";
import { messageOf } from "../../user_error.ts";

/** @param cause what node:tls says */
export function handshakeProblem(cause: Error, { alpn, minVersion }: TlsConfig): string {
  const text = messageOf(cause);
  const code = Reflect.get(cause, "code");
  if (code === "ERR_SSL_NO_APPLICATION_PROTOCOL") {
    return `the client offers by ALPN none of ${alpn?.join(", ")}`;
  }
  if (/unknown ?ca|bad ?certificate|certificate ?unknown|decrypt ?error/i.test(text)) {
    return `the client does not take the server's certificate: ${text}`;
  }
  if (/unsupported protocol|protocol version|incompatible/i.test(text)) {
    return `the client and this listener have no TLS in common (it takes ${minVersion} and newer): ${text}`;
  }
  if (code === "UNABLE_TO_VERIFY_LEAF_SIGNATURE") {
    return "the client cannot prove its certificate: another key, or a kind that TLS cannot use";
  }
  return `TLS handshake: ${text}`;
}
