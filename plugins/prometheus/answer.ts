/**
 * Answers scrapes. Invariants: without the token or password, where one is set, nothing is said but 401; what is rendered
 * is made for each request and kept by no one.
 */
import { equalText, type Metrics } from "../../plugin.ts";
import { formatFor } from "./accept.ts";
import { CONTENT_TYPES, type Family } from "./exposition.ts";
import { render } from "./render.ts";

export { aliasFamilies as aliasesOf } from "./aliases.ts";

/** What a scrape is answered from. */
export interface Scraped {
  readonly metrics: Metrics;
  /** Of the broker. */
  readonly version: string;
  /** What the Authorization header must be; undefined: anything. */
  readonly authorizations: readonly string[];
  /** Beside the table. */
  more(): Iterable<Family>;
}

const PLAIN = { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" };

/** The response to one request. */
export function answer(request: Request, scraped: Scraped): Response {
  const { authorizations } = scraped;
  if (authorizations.length > 0 && !isAuthorized(request, authorizations)) {
    const headers = { ...PLAIN, "www-authenticate": 'Basic realm="metrics", Bearer' };
    return new Response("a login is needed\n", { status: 401, headers });
  }
  const { pathname } = new URL(request.url);
  if (pathname !== "/metrics") {
    return new Response("the metrics are at /metrics\n", { status: 404, headers: PLAIN });
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    const headers = { ...PLAIN, allow: "GET, HEAD" };
    return new Response("only GET and HEAD\n", { status: 405, headers });
  }
  return metricsOf(request, scraped);
}

function metricsOf(request: Request, { metrics, version, more }: Scraped): Response {
  const format = formatFor(request.headers.get("accept"));
  const text = render(metrics, format, { version, more: more() });
  const headers = {
    "content-type": CONTENT_TYPES[format],
    "cache-control": "no-store",
    vary: "accept",
  };
  return new Response(request.method === "HEAD" ? null : text, { headers });
}

/** All are compared, so that the time taken does not tell which one was nearly right. */
function isAuthorized(request: Request, authorizations: readonly string[]): boolean {
  const given = request.headers.get("authorization") ?? "";
  return authorizations.filter((one) => equalText(one, given)).length > 0;
}
