/**
 * From where a request may come. Pure. Invariants: a name that is not ours is answered nothing (DNS rebinding); what
 * another site's page makes a browser send does nothing; no header that a proxy adds is believed.
 */
import { HttpProblem } from "./answers.ts";

/** Names and addresses by which this server may be called. */
export class KnownHosts {
  readonly #names: ReadonlySet<string>;
  /** Bound to every address of the machine: those are names for it, and no one can rebind an address. */
  readonly #anyAddress: boolean;

  /**
   * @param bind as in the options
   * @param hosts names beside those of this machine
   */
  constructor(bind: string, hosts: Iterable<string>) {
    const host = hostOf(bind);
    this.#anyAddress = host === "" || host === "0.0.0.0" || host === "[::]";
    this.#names = new Set(["localhost", "127.0.0.1", "[::1]", host, ...hosts].map(canonical));
  }

  /** Is this the name of a URL of ours? */
  has(hostname: string): boolean {
    const name = canonical(hostname);
    return this.#names.has(name) || (this.#anyAddress && isAddress(name));
  }
}

/** Is what the request says of its sender good enough to be answered at all? @throws HttpProblem 403 */
export function checkHost(url: URL, request: Request, known: KnownHosts): void {
  const host = request.headers.get("host");
  const isOne = host === null || hostNameOf(host) === canonical(url.hostname);
  if (isOne && known.has(url.hostname)) return;
  throw new HttpProblem(
    403,
    "wrong_host",
    `this server is not called ${
      JSON.stringify(url.hostname.slice(0, 100))
    }; hosts of the dashboard may name it`,
  );
}

/** Does the browser say that another site's page has sent it? */
export function isCrossSite(url: URL, request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return true;
  const origin = request.headers.get("origin");
  return origin !== null && !isSameOrigin(origin, url);
}

/** Does the browser say that a page of ours has sent it? A browser says so of all that changes something. */
export function isFromOwnPage(url: URL, request: Request): boolean {
  if (isCrossSite(url, request)) return false;
  const { headers } = request;
  return headers.get("sec-fetch-site") === "same-origin" || headers.has("origin");
}

/** A page that a proxy shows by HTTPS has another scheme than what reaches us. */
function isSameOrigin(origin: string, url: URL): boolean {
  if (!URL.canParse(origin)) return false; // "null": a sandboxed frame, a file
  const { protocol, host, hostname } = new URL(origin);
  if (protocol !== "https:" && protocol !== "http:") return false;
  if (host === url.host) return true;
  return protocol === "https:" && host === hostname && url.host === `${hostname}:443`;
}

function canonical(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

/** Of `127.0.0.1:18083`, `[::1]:18083`, `:18083`, `18083`. */
function hostOf(bind: string): string {
  return /^\d+$/.test(bind) ? "" : bind.replace(/:\d*$/, "");
}

function hostNameOf(header: string): string | undefined {
  const url = `http://${header}/`;
  return URL.canParse(url) ? canonical(new URL(url).hostname) : undefined;
}

function isAddress(name: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name) || /^\[[0-9a-f:.]+\]$/.test(name);
}
