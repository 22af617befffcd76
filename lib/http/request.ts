/**
 * What a request's head asks of the connection: whose it is, how long its body is, what comes behind it (RFC 9112,
 * sections 3, 6 and 9). Invariants: pure; what two readers could read in two ways is refused, for a proxy before us must
 * not see another request in the same bytes.
 */
import type { RequestHead } from "../net/listen/http_head.ts";
import { HttpRefusal } from "../net/listen/http_refusal.ts";

/** What the server is and allows. */
export interface RequestRules {
  /** Did the connection come by TLS? */
  readonly isSecure: boolean;
  /** Host and port for HTTP/1.0, whose requests need name none. */
  readonly authority: string;
  /** Bytes. */
  readonly maxBody: number;
}

/** A request that may be served. */
export interface Framing {
  readonly url: URL;
  /** Bytes of its body. */
  readonly length: number;
  /** May another request follow? */
  readonly keepsAlive: boolean;
  /** Does the client wait for leave to send its body? */
  readonly expectsContinue: boolean;
  /** 1.0 knows no chunks. */
  readonly knowsChunks: boolean;
}

const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
]);
const AUTHORITY = /^(?:\[[0-9a-f:.]+\]|[a-z0-9._~-]+)(?::\d{1,5})?$/i;
const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/i;

/** Judges a head; throws HttpRefusal. */
export function frameRequest(head: RequestHead, rules: RequestRules): Framing {
  const { method, version } = head;
  if (version !== "1.1" && version !== "1.0") {
    throw new HttpRefusal(505, "expected HTTP/1.1 or HTTP/1.0");
  }
  if (!METHODS.has(method)) throw new HttpRefusal(501, "this method is not known here");
  const url = urlOf(head, rules);
  const length = lengthOf(head);
  if (length > rules.maxBody) {
    throw new HttpRefusal(413, `the body has more than ${rules.maxBody} bytes`);
  }
  return {
    url,
    length,
    keepsAlive: keepsAlive(head),
    expectsContinue: expectsContinue(head) && length > 0,
    knowsChunks: version === "1.1",
  };
}

function urlOf(head: RequestHead, { isSecure, authority }: RequestRules): URL {
  const host = hostOf(head) ?? authority;
  const [, named, behind] = ABSOLUTE.exec(head.target) ?? [];
  const target = behind ?? head.target;
  if (named !== undefined && named.toLowerCase() !== host.toLowerCase()) {
    throw new HttpRefusal(400, "the URL of the request and its Host name two servers");
  }
  // A reader of URLs takes "\" for "/", and what is behind "#" for nothing.
  const isPath = target.startsWith("/") || (named !== undefined && /^(\?|$)/.test(target));
  if (!isPath || /[\\#]/.test(target)) throw new HttpRefusal(400, "the request asks for no path");
  try {
    return new URL(`${isSecure ? "https" : "http"}://${host}${target}`);
  } catch {
    throw new HttpRefusal(400, "the Host of the request is none");
  }
}

function hostOf(head: RequestHead): string | undefined {
  const hosts = head.headers.get("host") ?? [];
  if (hosts.length === 0 && head.version === "1.0") return undefined;
  const [host = ""] = hosts;
  if (hosts.length === 1 && AUTHORITY.test(host)) return host;
  throw new HttpRefusal(400, `expected one Host, which is HOST or HOST:PORT`);
}

/** Chunked bodies are not read: what sends requests here knows how long they are. */
function lengthOf({ method, version, headers }: RequestHead): number {
  const lengths = headers.get("content-length") ?? [];
  if (headers.has("transfer-encoding")) {
    if (version === "1.0" || lengths.length > 0) {
      throw new HttpRefusal(400, "the request has a Transfer-Encoding that it must not have");
    }
    throw new HttpRefusal(411, "expected a body with a Content-Length, not with Transfer-Encoding");
  }
  const [length = "0"] = lengths;
  if (lengths.length > 1 || !/^\d{1,15}$/.test(length)) {
    throw new HttpRefusal(400, "expected one Content-Length, which is a number");
  }
  if ((method === "GET" || method === "HEAD") && Number(length) > 0) {
    throw new HttpRefusal(400, `a ${method} has no body here`);
  }
  return Number(length);
}

function keepsAlive({ version, headers }: RequestHead): boolean {
  const tokens = (headers.get("connection") ?? []).join(",").toLowerCase().split(",");
  const says = (token: string) => tokens.some((one) => one.trim() === token);
  return !says("close") && (version === "1.1" || says("keep-alive"));
}

function expectsContinue({ version, headers }: RequestHead): boolean {
  const expected = headers.get("expect");
  if (expected === undefined || version === "1.0") return false;
  if (expected.length === 1 && expected[0]!.toLowerCase() === "100-continue") return true;
  throw new HttpRefusal(417, "of Expect only 100-continue is known");
}
