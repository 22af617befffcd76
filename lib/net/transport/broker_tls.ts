/**
 * TLS to a broker, for mqtts and wss: certificates come from files. Invariant: they are read for each connection, so
 * that renewed ones are used.
 */
import type { ConnectionOptions } from "node:tls";
import { readAuthorities, readPem } from "../../pem_files.ts";
import type { ByteStream } from "../stream.ts";
import type { DialOptions, TlsFiles } from "./dial_options.ts";
import { dialTls } from "./tls.ts";

/** Opens a TLS connection; rejects with what the system or the certificates say, or the signal's reason. */
export async function dialBrokerTls(
  { address, tls }: Pick<DialOptions, "address" | "tls">,
  signal: AbortSignal,
): Promise<ByteStream> {
  const options = await readTls(tls);
  return await dialTls({ host: address.hostname, port: address.port, ...options }, signal);
}

async function readTls(tls: TlsFiles): Promise<ConnectionOptions> {
  const authorities = await readAuthorities(tls);
  const { certfile, keyfile, serverName, checkHostname, verifyCert } = tls;
  return {
    ...(authorities.length > 0 ? { ca: authorities } : {}),
    ...(certfile === undefined ? {} : { cert: await readPem(certfile, "certificate") }),
    ...(keyfile === undefined ? {} : { key: await readPem(keyfile, "key") }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(checkHostname ? {} : { checkServerIdentity: () => undefined }),
    rejectUnauthorized: verifyCert,
  };
}
