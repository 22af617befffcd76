/**
 * One connection's way to TLS: the header of the PROXY protocol where there is one, what the first bytes are, the
 * handshake, the client's certificate. Invariants: a peer that fails on this way hears and costs nothing more; the error
 * says why in one sentence; a certificate is judged at every connection, a resumed one too.
 */
import { Socket } from "node:net";
import { TLSSocket, type TLSSocketOptions } from "node:tls";
import { isWithin } from "../../cidr.ts";
import type { ListenerConfig, TlsConfig } from "../../config/types.ts";
import type { Peer, PeerCertificate } from "../stream.ts";
import { TlsStream } from "../transport/tls_stream.ts";
import { readFirst } from "./first_bytes.ts";
import { adviceFor, type Knock, knockOf, NO_HTTP_HERE, useHttps } from "./knock.ts";
import type { Arrived } from "./listener.ts";
import { hasLeft, PeerLeftError } from "./peer_left.ts";
import { readProxyHeader } from "./proxy_header.ts";
import { handshakeProblem } from "./tls_words.ts";
import type { TlsMaterial } from "./tls_material.ts";

/** What holds for the handshakes that begin now. */
export interface TlsSettings {
  readonly config: ListenerConfig;
  readonly tls: TlsConfig;
  readonly material: TlsMaterial;
  readonly options: TLSSocketOptions;
}

/** The settings that follow from a configuration and its files. */
export function settingsOf(
  config: ListenerConfig,
  tls: TlsConfig,
  material: TlsMaterial,
): TlsSettings {
  return { config, tls, material, options: optionsOf(tls, material) };
}

/** The first TLSSocket of a process takes 40 to 60 ms: better at the start than while clients wait. */
export function warmUp({ options }: TlsSettings): void {
  const socket = new Socket();
  new TLSSocket(socket, options).on("error", () => {}).destroy();
  socket.destroy();
}

/** What a handshake needs. */
export interface HandshakeServices {
  /** Asked when the handshake begins, and when the certificate is judged. */
  settings(): TlsSettings;
  /** Resolves when the work may begin. */
  enter(address: string): Promise<void>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** From a socket that came in to a connection behind TLS; rejects with one sentence. The socket is the caller's to end. */
export async function shakeHands(
  socket: Socket,
  from: Peer,
  services: HandshakeServices,
): Promise<Arrived> {
  await services.enter(from.address);
  const { config } = services.settings();
  const header = config.proxyProtocol ? await readHeader(socket, from, config) : undefined;
  const peer = header?.peer === undefined ? from : header.peer;
  await expectTls(socket, config);
  await services.enter(peer.address);
  if (socket.destroyed) throw new PeerLeftError();
  const { secure, stream } = await handshake(socket, services.settings());
  socket.allowHalfOpen = true; // only now: who leaves in the middle of a handshake has left
  const certificate = certificateOf(secure, services) ?? header?.certificate;
  return { stream, peer: { ...peer, certificate } };
}

function readHeader(socket: Socket, from: Peer, { trustedProxies }: ListenerConfig) {
  if (!isWithin(from.address, trustedProxies)) {
    throw new Error(`${from.address} is none of trusted_proxies`);
  }
  return readFirst(socket, (bytes) => {
    const header = readProxyHeader(bytes);
    return header && { answer: header, taken: header.size };
  });
}

const TLS_RECORD = 0x16;
const CONNECT = 0x10;
/** As many bytes tell CONNECT, and any method of HTTP with the blank behind it. */
const TELLING = 8;

/** Can it be said with a few more bytes what this is? */
function mayTellMore(bytes: Uint8Array): boolean {
  if (bytes.length >= TELLING) return false;
  return bytes[0] === CONNECT || bytes.every((byte) => byte >= 0x41 && byte <= 0x5a);
}

/** Resolves when the bytes look like TLS; takes none of them. */
async function expectTls(socket: Socket, { transport, isHttp }: ListenerConfig): Promise<void> {
  const knock = await readFirst<Knock | undefined>(socket, (bytes) => {
    if (bytes[0] === TLS_RECORD) return { answer: "tls", taken: 0 };
    const answer = knockOf(bytes);
    return answer === undefined && mayTellMore(bytes) ? undefined : { answer, taken: 0 };
  });
  if (knock === "tls") return;
  if (knock === "http" || knock === "websocket") socket.end(isHttp ? useHttps() : NO_HTTP_HERE);
  throw new Error(adviceFor(knock, transport) ?? "the first bytes are not those of TLS");
}

/** A connection behind its handshake. */
interface Secured {
  readonly secure: TLSSocket;
  readonly stream: TlsStream;
}

function handshake(socket: Socket, { options, tls }: TlsSettings): Promise<Secured> {
  const { promise, resolve, reject } = Promise.withResolvers<Secured>();
  const secure = new TLSSocket(socket, options);
  const onError = (cause: Error) => reject(hasLeft(cause) ? cause : problemOf(cause, tls));
  const onClose = () => reject(new PeerLeftError());
  secure.on("error", onError).on("close", onClose).once("secure", () => {
    resolve({ secure, stream: new TlsStream(secure) }); // which listens to errors from now on
    secure.off("error", onError).off("close", onClose); // what they hold would stay as long as the connection
  });
  return promise;
}

function problemOf(cause: Error, tls: TlsConfig): Error {
  return new Error(handshakeProblem(cause, tls), { cause });
}

/**
 * What every connection gets: one object for all, which each keeps. `rejectUnauthorized` would lose the reasons; who
 * comes in decides `certificateOf`. `SNICallback` only where there is a choice: it costs 13 KiB and 0.25 ms a connection
 * (measured).
 */
function optionsOf(tls: TlsConfig, material: TlsMaterial): TLSSocketOptions {
  const { names, authorities } = material;
  return {
    isServer: true,
    secureContext: names.find(undefined).context,
    requestCert: authorities !== undefined,
    rejectUnauthorized: false,
    ...(names.isSingle
      ? {}
      : { SNICallback: (name, done) => done(null, names.find(name).context) }),
    ...(tls.alpn === undefined ? {} : { ALPNProtocols: [...tls.alpn] }),
  };
}

/** Of a client that has shown a good one; throws where it may not come in. */
function certificateOf(
  secure: TLSSocket,
  { settings, now }: HandshakeServices,
): PeerCertificate | undefined {
  const { tls, material: { authorities } } = settings();
  if (authorities === undefined) return undefined;
  const chain = chainOf(secure);
  if (chain.length === 0 && tls.verifyClient === "optional") return undefined;
  if (chain.length === 0) {
    throw new Error("it has shown no client certificate, and one is required (verify_client)");
  }
  const verdict = authorities.judge(chain, now());
  if ("certificate" in verdict) return verdict.certificate;
  throw new Error(`its client certificate is refused: ${verdict.refusal}`);
}

/** More than any judge looks at; a longer one is refused for that. */
const MOST_CERTIFICATES = 20;

/** DER, the client's own first, as it was sent; of a resumed session too. */
function chainOf(secure: TLSSocket): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let one = secure.getPeerCertificate(true);
  while (one?.raw !== undefined && chain.length < MOST_CERTIFICATES) {
    chain.push(one.raw);
    if (one.issuerCertificate === one) break;
    one = one.issuerCertificate;
  }
  return chain;
}
