/**
 * TLS to a broker, for mqtts and wss: certificates come from files. Invariant: they are read for each connection, so
 * that renewed ones are used.
 */
import { join } from "node:path";
import type { ConnectionOptions } from "node:tls";
import { type PemContent, pemProblem } from "../../pem.ts";
import { whyUnreadable } from "../../text_file.ts";
import { UserError } from "../../user_error.ts";
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

/** PEM texts. What is given and holds no certificate is an error: it must not mean the system's authorities. */
async function readAuthorities({ cafile, capath, cadata }: TlsFiles): Promise<string[]> {
  return [
    ...(cadata === undefined ? [] : [checked(cadata, "cadata", "certificate")]),
    ...(cafile === undefined ? [] : [await readPem(cafile, "certificate")]),
    ...(capath === undefined ? [] : await readFolder(capath)),
  ];
}

async function readPem(path: string, content: PemContent): Promise<string> {
  return checked(await readTextOf(path), path, content);
}

async function readTextOf(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw new UserError(`${path}: ${whyUnreadable(cause)}`, { cause });
  }
}

/** Without a certificate TLS would go on with none, and say something else. */
function checked(text: string, name: string, content: PemContent): string {
  const problem = pemProblem(text, content);
  if (problem === undefined) return text;
  throw new UserError(`${name}: ${problem}`);
}

/** All certificates of a folder, as OpenSSL's capath has them: `*.pem`, `*.crt`, `HASH.N`. */
async function readFolder(path: string): Promise<string[]> {
  const texts: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (isDirectory || !/\.(?:pem|crt|cer|\d+)$/.test(name)) continue;
      const text = await readTextOf(join(path, name));
      if (pemProblem(text, "certificate") === undefined) texts.push(text);
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${path}: ${whyUnreadable(cause)}`, { cause });
  }
  if (texts.length > 0) return texts;
  throw new UserError(`${path}: no certificate in this folder; expected *.pem, *.crt or HASH.N`);
}
