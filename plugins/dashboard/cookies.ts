/**
 * The cookie of a login. Invariants: no script reads it, no other site's page makes it be sent, and by HTTPS it never goes
 * by HTTP.
 */

/** Where the cookie holds, and what it is called. */
export interface CookieTerms {
  /** Did the request come by TLS? */
  readonly isSecure: boolean;
  /** `/midge`; empty: all of the server. */
  readonly basePath: string;
}

const NAME = "midge_session";

/** With the prefix a browser takes it from no other server of the same domain. */
export function cookieName({ isSecure, basePath }: CookieTerms): string {
  return isSecure && basePath === "" ? `__Host-${NAME}` : NAME;
}

/** Its value in a request; undefined: there is none. Of several the first is the one of the longest path. */
export function readCookie(request: Request, terms: CookieTerms): string | undefined {
  const name = cookieName(terms);
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const [key, value] = pair.split("=", 2);
    if (key?.trim() === name) return value?.trim();
  }
  return undefined;
}

/**
 * `Set-Cookie` for a login.
 * @param hasSecurePage does the browser show the page by HTTPS, also where a proxy does that?
 */
export function setCookie(value: string, terms: CookieTerms, hasSecurePage: boolean): string {
  return written(value, terms, hasSecurePage);
}

/** `Set-Cookie` for its end. */
export function clearCookie(terms: CookieTerms): string {
  return `${written("", terms, terms.isSecure)}; Max-Age=0`;
}

function written(value: string, terms: CookieTerms, isSecure: boolean): string {
  const path = `${terms.basePath}/`;
  const secure = terms.isSecure || isSecure ? "; Secure" : "";
  return `${cookieName(terms)}=${value}; Path=${path}; HttpOnly; SameSite=Strict${secure}`;
}
