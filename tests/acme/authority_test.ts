/** What an authority may do wrong, or refuse: each is one sentence, bounded in time, requests and bytes. */
import { assertEquals, assertInstanceOf, assertMatch, assertRejects } from "@std/assert";
import { makePlaceholder } from "../../lib/acme/certificates.ts";
import { obtainCertificate } from "../../lib/acme/obtain.ts";
import { AcmeProblem } from "../../lib/acme/problem.ts";
import { SYSTEM_CLOCK } from "../../lib/clock.ts";
import { freePort } from "../services/free_port.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { until } from "../support/until.ts";
import { FakeAuthority, type Instead, json, problem } from "./fake_authority.ts";
import { acmeWith, DataDir } from "./stage.ts";

/** How an attempt ends. */
async function failureOf(
  authority: FakeAuthority,
  { clock = SYSTEM_CLOCK, signal = new AbortController().signal, domains = ["a.test"] } = {},
): Promise<Error> {
  await using dataDir = new DataDir();
  const acme = { ...acmeWith(dataDir.path, { domains }), directory: authority.directory };
  await Deno.mkdir(acme.accountFolder, { recursive: true });
  const attempt = obtainCertificate({ ...acme, httpPort: freePort() }, { clock, signal });
  return await assertRejects(() => attempt, Error);
}

const CASES: readonly [title: string, instead: Instead, message: RegExp][] = [
  [
    "a limit of rates, which says when to come again",
    (route) =>
      route === "order"
        ? problem("rateLimited", "too many certificates\nfor a.test", { "retry-after": "7200" })
        : undefined,
    /^too many certificates for a\.test \(rateLimited\)$/,
  ],
  [
    "a nonce that is never good",
    (route) => route === "account" ? problem("badNonce", "no such nonce") : undefined,
    /^no such nonce \(badNonce\)$/,
  ],
  [
    "what is no directory",
    (route) => route === "dir" ? new Response("<html>hello") : undefined,
    /^http:\/\/127\.0\.0\.1:\d+\/dir is no directory of ACME: it has no newAccount$/,
  ],
  [
    "a status without words",
    (route) => route === "dir" ? new Response("", { status: 503 }) : undefined,
    /^127\.0\.0\.1:\d+ answers with status 503$/,
  ],
  [
    "an answer without end",
    (route) => route === "order" ? new Response("x".repeat(300 * 1024)) : undefined,
    /^127\.0\.0\.1:\d+ answers with more than 256 KiB$/,
  ],
  [
    "a redirect",
    (route) => route === "dir" ? Response.redirect("http://127.0.0.1/") : undefined,
    /^no answer: .*redirect/i,
  ],
  [
    "a way to elsewhere",
    (route) =>
      route === "order"
        ? json({ authorizations: ["file:///etc/passwd"] }, { location: "http://127.0.0.1/" })
        : undefined,
    /^the authority leads to file:\/\/\/etc\/passwd; expected an http: URL$/,
  ],
  [
    "no proof that can be given",
    (route) =>
      route === "authorization"
        ? json({
          status: "pending",
          identifier: { value: "a.test" },
          challenges: [{ type: "dns-01" }, { type: "tls-alpn-01" }],
        })
        : undefined,
    /^the authority offers no http-01 for a\.test, but dns-01, tls-alpn-01$/,
  ],
  [
    "an answer that lacks something",
    (route) =>
      route === "order" ? json({ authorizations: [7] }, { location: "http://x/" }) : undefined,
    /^the authority's answer lacks what RFC 8555 asks for$/,
  ],
  [
    "several problems in one",
    (route) =>
      route === "order"
        ? json(
          {
            type: "urn:ietf:params:acme:error:compound",
            detail: "refused",
            subproblems: [{ detail: "forbidden", identifier: { value: "a.test" } }, {
              detail: "odd",
            }],
          },
          {},
          403,
        )
        : undefined,
    /^refused; a\.test: forbidden; odd \(compound\)$/,
  ],
  [
    "an order that becomes invalid",
    (route) =>
      route === "order-state"
        ? json({ status: "invalid", error: { detail: "policy" } })
        : undefined,
    /^policy$/,
  ],
  [
    "what is no certificate",
    (route) => route === "certificate" ? new Response("hello") : undefined,
    /^the authority's answer is no certificate$/,
  ],
];

for (const [title, instead, message] of CASES) {
  Deno.test(`acme: ${title}`, async () => {
    await using authority = new FakeAuthority(instead);
    const failure = await failureOf(authority);
    assertInstanceOf(failure, AcmeProblem);
    assertMatch(failure.message, message);
  });
}

Deno.test("acme: when to come again is known, in seconds and as a date", async () => {
  const soon = new Date(Date.now() + 3_600_000).toUTCString();
  for (
    const [header, least, most] of [["120", 120_000, 120_000], [
      soon,
      3_500_000,
      3_600_000,
    ]] as const
  ) {
    await using authority = new FakeAuthority((route) =>
      route === "order" ? problem("rateLimited", "no", { "retry-after": header }) : undefined
    );
    const failure = await failureOf(authority);
    if (!(failure instanceof AcmeProblem)) throw failure;
    const { retryAfter = 0 } = failure;
    assertEquals([retryAfter >= least, retryAfter <= most], [true, true], String(retryAfter));
  }
});

Deno.test("acme: a nonce that is never good is asked for ten times", async () => {
  await using authority = new FakeAuthority((route) =>
    route === "account" ? problem("badNonce", "no") : undefined
  );
  await failureOf(authority);
  assertEquals(authority.count("account"), 10);
});

Deno.test("acme: a nonce that is good the tenth time is soon enough", async () => {
  let refused = 0;
  await using authority = new FakeAuthority((route) => {
    if (route === "order") return problem("rejectedIdentifier", "policy");
    return route === "account" && ++refused < 10 ? problem("badNonce", "no") : undefined;
  });
  assertMatch((await failureOf(authority)).message, /^policy /);
  assertEquals(authority.count("account"), 10);
});

Deno.test("acme: a certificate for another key", async () => {
  const { certificate } = await makePlaceholder(["a.test"], Date.now());
  await using authority = new FakeAuthority((route) =>
    route === "certificate" ? new Response(certificate) : undefined
  );
  assertMatch(
    (await failureOf(authority)).message,
    /^the authority's certificate is for another key$/,
  );
});

Deno.test("acme: an authority that hangs is given up after 30 seconds", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  await using authority = new FakeAuthority((route) => route === "order" ? promise : undefined);
  const clock = new FakeClock();
  const failure = failureOf(authority, { clock });
  await until(() => authority.count("order") > 0, "the order");
  clock.advance(29_999);
  assertEquals(clock.timerCount, 1);
  clock.advance(1);
  assertMatch((await failure).message, /^127\.0\.0\.1:\d+ does not answer within 30 s$/);
  assertEquals(clock.timerCount, 0);
  resolve(new Response());
});

Deno.test("acme: an authority that never decides is asked now and then, for five minutes", async () => {
  await using authority = new FakeAuthority((route) =>
    route === "order-state" ? json({ status: "pending" }, { "retry-after": "60" }) : undefined
  );
  const clock = new FakeClock();
  const failure = failureOf(authority, { clock });
  let settled = false;
  failure.then(() => settled = true);
  let asked = 0;
  while (!settled) {
    await until(() => settled || authority.count("order-state") > asked, "another question");
    asked = authority.count("order-state");
    // The answer has to be there before the pause that follows it can end.
    await until(() => settled || clock.hasTimerIn(15_000), "a pause");
    clock.advance(15_000);
  }
  assertMatch((await failure).message, /^the authority says pending for 5 minutes$/);
  assertEquals(asked, 21);
});

Deno.test("acme: a stop ends a request and a pause", async () => {
  for (const route of ["order", "order-state"] as const) {
    const { promise, resolve } = Promise.withResolvers<Response>();
    await using authority = new FakeAuthority((one) => {
      if (one !== route) return undefined;
      return route === "order" ? promise : json({ status: "pending" });
    });
    const controller = new AbortController();
    const failure = failureOf(authority, { signal: controller.signal });
    await until(() => authority.count(route) > 0, route);
    controller.abort(new Error("the broker stops"));
    assertEquals((await failure).message, "the broker stops");
    resolve(new Response());
  }
});
