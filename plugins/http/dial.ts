/** Opens a stream to an HTTP server: TCP, or TLS. Invariant: when the signal fires nothing stays open. */
import {
  type ByteStream,
  dialTcp,
  dialTls,
  nodeTlsOptions,
  type TlsMaterial,
} from "../../sources.ts";

/** Opens a stream for a URL's host; rejects with whatever the system says, or the signal's reason. */
export async function dial(url: URL, tls: TlsMaterial, signal: AbortSignal): Promise<ByteStream> {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (url.protocol !== "https:") return await dialTcp(host, Number(url.port) || 80, signal);
  return await dialTls({ host, port: Number(url.port) || 443, ...nodeTlsOptions(tls) }, signal);
}
