/**
 * The PROXY protocol in front of MQTT or WebSocket: one header, then the connection itself. Invariants: not a byte is
 * read from a proxy that is not trusted; never more than one header's length is kept; without a header that holds there
 * is no connection.
 */
import { isWithin, type Network } from "../../cidr.ts";
import type { ByteStream } from "../stream.ts";
import type { Layer } from "./layered.ts";
import { PeerLeftError } from "./peer_left.ts";
import { MAX_HEADER, type ProxyHeader, readProxyHeader } from "./proxy_header.ts";

/** Most headers are shorter. */
const FIRST_READ = 256;

/**
 * The header's handshake: the peer is who the header says, behind LOCAL and UNKNOWN the socket's own.
 * @param trusted who may send a header; undefined: all that can connect, as to a socket file
 */
export function proxyLayer(trusted: readonly Network[] | undefined): Layer {
  return async ({ stream, peer, rest }) => {
    if (trusted !== undefined) checkProxy(peer.address, trusted);
    const { header, behind } = await readHeader(stream, rest);
    const { certificate } = header;
    const named = header.peer === undefined ? peer : { ...header.peer, certificate };
    return { stream, peer: named, rest: behind };
  };
}

/** @throws Error with one line where this address is none of the trusted ones */
function checkProxy(address: string, trusted: readonly Network[]): void {
  if (isWithin(address, trusted)) return;
  throw new Error("it is none of trusted_proxies, and the listener speaks the PROXY protocol");
}

interface Read {
  readonly header: ProxyHeader;
  /** What came behind it; undefined: nothing yet. */
  readonly behind: Uint8Array | undefined;
}

async function readHeader(
  stream: ByteStream,
  early: Uint8Array = new Uint8Array(0),
): Promise<Read> {
  let buffer = new Uint8Array(Math.max(FIRST_READ, early.length));
  buffer.set(early);
  let length = early.length;
  for (;;) {
    const header = readProxyHeader(buffer.subarray(0, length));
    if (header !== undefined) {
      const { size } = header;
      return { header, behind: size < length ? buffer.slice(size, length) : undefined };
    }
    if (length === buffer.length) buffer = larger(buffer);
    const count = await stream.read(buffer.subarray(length));
    if (count === null && length === 0) throw new PeerLeftError();
    if (count === null) {
      throw new Error(`the connection ended after ${length} bytes of the PROXY protocol's header`);
    }
    length += count;
  }
}

function larger(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(Math.min(buffer.length * 4, MAX_HEADER));
  next.set(buffer);
  return next;
}
