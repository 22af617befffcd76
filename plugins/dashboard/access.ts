/**
 * Who has sent a request, and whether it may do what it asks for. Invariants: a cookie alone changes nothing: the page of
 * ours that the browser shows must have sent it, with the session's own word; a token that was void is void in the
 * sessions that it began.
 */
import { equalText } from "../../plugin.ts";
import { HttpProblem } from "./answers.ts";
import { type CookieTerms, readCookie } from "./cookies.ts";
import { isCrossSite, isFromOwnPage } from "./guard.ts";
import { type Identity, identityOfToken } from "./identity.ts";
import type { LoginProxy } from "./login_proxy.ts";
import type { Asked, Host } from "./requests.ts";
import type { Session, Sessions } from "./sessions.ts";
import type { LoginTries } from "./throttle.ts";

/** Who asks, and by what they are known. */
export interface Access {
  readonly identity: Identity;
  /** Undefined: by a token in the request itself, or by the login proxy. */
  readonly session: Session | undefined;
  /** Does it still hold? For what takes long. */
  lasts(): Promise<boolean>;
}

const LOG_IN = "log in first, or send a token: Authorization: Bearer TOKEN";

/** Knows who asks. */
export class Gate {
  readonly #host: Host;
  readonly #sessions: Sessions;
  readonly #tries: LoginTries;
  readonly #proxy: LoginProxy;
  readonly #basePath: string;

  constructor(
    host: Host,
    sessions: Sessions,
    tries: LoginTries,
    proxy: LoginProxy,
    basePath: string,
  ) {
    this.#host = host;
    this.#proxy = proxy;
    this.#sessions = sessions;
    this.#tries = tries;
    this.#basePath = basePath;
  }

  /**
   * Who has sent this?
   * @throws HttpProblem 401, 403, 429
   */
  async enter(asked: Asked): Promise<Access> {
    const token = bearerOf(asked.request);
    if (token !== undefined) return await this.#byToken(token, asked);
    if (this.#proxy.has(asked.exchange)) return this.#byProxy(asked);
    const session = await this.sessionOf(asked);
    if (session === undefined) throw unauthorized(LOG_IN);
    if (isCrossSite(asked.url, asked.request)) throw crossSite();
    if (isChange(asked.request)) checkOwnPage(asked, session);
    return { identity: session.identity, session, lasts: () => this.#lasts(session) };
  }

  /** The session of the request's cookie. */
  async sessionOf({ request, exchange }: Asked): Promise<Session | undefined> {
    const key = readCookie(request, this.terms(exchange.isSecure));
    const session = key === undefined ? undefined : this.#sessions.get(key);
    if (session === undefined || await this.#lasts(session)) return session;
    this.#sessions.end(session.key);
    return undefined;
  }

  /** Of the cookie. */
  terms(isSecure: boolean): CookieTerms {
    return { isSecure, basePath: this.#basePath };
  }

  /** The proxy has a cookie of its own, which another site's page may make a browser send. */
  #byProxy({ url, request }: Asked): Access {
    const acts = isChange(request) || request.headers.has("upgrade");
    if (acts ? !isFromOwnPage(url, request) : isCrossSite(url, request)) throw crossSite();
    const identity = this.#proxy.identityOf(request);
    return { identity, session: undefined, lasts: () => Promise.resolve(true) };
  }

  async #byToken(token: string, { exchange }: Asked): Promise<Access> {
    const tokens = this.#host.tokens;
    const holder = await tokens?.holderOf(token);
    if (tokens === undefined || holder === undefined) throw this.#wrongToken(exchange.address);
    const identity = identityOfToken(holder);
    return { identity, session: undefined, lasts: () => tokens.isValid(holder.id) };
  }

  /** One that is right is never made to wait for those that are wrong: no one guesses 32 bytes. */
  #wrongToken(address: string): HttpProblem {
    const entry = this.#tries.begin(address, undefined);
    return "wait" in entry ? tooMany(entry.wait) : unauthorized("the token is wrong, or void");
  }

  async #lasts(session: Session): Promise<boolean> {
    if (!this.#sessions.lasts(session)) return false;
    const { tokenId } = session.identity;
    return tokenId === undefined || await this.#host.tokens?.isValid(tokenId) === true;
  }
}

/** Methods that look, by RFC 9110. */
export function isChange({ method }: Request): boolean {
  return method !== "GET" && method !== "HEAD";
}

/** Too many tries. */
export function tooMany(seconds: number): HttpProblem {
  const message = `too many logins failed; try again in ${seconds} s`;
  return new HttpProblem(429, "too_many", message, { "retry-after": String(seconds) });
}

/** No one has said who it is. */
export function unauthorized(message: string): HttpProblem {
  return new HttpProblem(401, "unauthorized", message, { "www-authenticate": "Bearer" });
}

/** Another site's page has sent it. */
export function crossSite(): HttpProblem {
  return new HttpProblem(403, "cross_site", "a page of another site has sent this");
}

function checkOwnPage({ url, request }: Asked, session: Session): void {
  if (!isFromOwnPage(url, request)) throw crossSite();
  const sent = request.headers.get("x-csrf-token") ?? "";
  if (equalText(sent, session.csrf)) return;
  throw new HttpProblem(403, "csrf", "X-CSRF-Token is not the one that the login gave");
}

function bearerOf({ headers }: Request): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1];
}
