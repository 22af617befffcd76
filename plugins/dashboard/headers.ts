/**
 * The headers that every answer has. Invariants: nothing is loaded or sent to anywhere but this server, nor framed but by
 * the page of a login proxy; nothing of the API is kept by a browser or a proxy.
 */

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "font-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

/** By name, in lower case. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
};

/** Where a login proxy shows the page: in a frame of its own page. */
const FRAMED_HEADERS: Readonly<Record<string, string>> = {
  ...SECURITY_HEADERS,
  "content-security-policy": POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'"),
  "x-frame-options": "SAMEORIGIN",
};

/**
 * The same answer with them; one that says nothing about being kept is kept nowhere.
 * @param isFramed may a page of the same origin have it in a frame?
 */
export function withSecurityHeaders(response: Response, isFramed = false): Response {
  const { headers } = response;
  const all = isFramed ? FRAMED_HEADERS : SECURITY_HEADERS;
  for (const [name, value] of Object.entries(all)) headers.set(name, value);
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  return response;
}
