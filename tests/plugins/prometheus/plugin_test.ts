/** The plugin prometheus: its options, who may scrape, which format is chosen, what is not there. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { HttpHandler, HttpOptions } from "../../../plugin.ts";
import prometheus from "../../../plugins/prometheus.ts";
import { formatFor } from "../../../plugins/prometheus/accept.ts";
import { PluginHarness } from "../../support/plugin_harness.ts";
import { parseOpenMetrics, parseText } from "./parser.ts";

/** The plugin set up on a host that keeps its handler. */
async function scraped(options: unknown = {}) {
  const harness = new PluginHarness({ metrics: { bytesReceived: 7 } });
  const served: { options?: HttpOptions; handler?: HttpHandler; measured?: boolean } = {};
  Object.assign(harness.context, {
    serveHttp: (given: HttpOptions, handler: HttpHandler) => {
      Object.assign(served, { options: given, handler });
      return Promise.resolve({ url: "", port: 0, close: () => Promise.resolve() });
    },
    measure: () => served.measured = true,
  });
  await harness.setUp(prometheus, options);
  const ask = async (path = "/metrics", init: RequestInit = {}) => {
    const request = new Request(`http://localhost:9234${path}`, init);
    const signal = new AbortController().signal;
    const exchange = { request, address: "127.0.0.1", port: 1, isSecure: false, signal };
    const response = await served.handler!(exchange);
    if (response instanceof Response) return response;
    throw new Error("an upgrade");
  };
  return { harness, served, ask };
}

Deno.test("prometheus: the older format unless OpenMetrics is asked for", async () => {
  const { ask, served } = await scraped();
  assertEquals([served.options?.bind, served.measured], ["127.0.0.1:9234", true]);
  const plain = await ask();
  assertEquals(plain.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assertEquals(
    parseText(await plain.text()).get("midge_received_bytes_total")?.samples[0]?.value,
    7,
  );
  const accept = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3";
  const open = await ask("/metrics", { headers: { accept } });
  assertEquals(
    open.headers.get("content-type"),
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
  );
  assert(parseOpenMetrics(await open.text()).has("broker_bytes_received"));
});

Deno.test("prometheus: what Accept says", () => {
  const formats: Readonly<Record<string, string>> = {
    "": "text",
    "*/*": "text",
    "text/html, */*;q=0.1": "text",
    "application/openmetrics-text": "openmetrics",
    "Application/OpenMetrics-Text; Version=1.0.0": "openmetrics",
    "application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1":
      "openmetrics",
    "application/openmetrics-text;version=2.0.0": "text",
    "application/openmetrics-text;q=0": "text",
    "application/openmetrics-text;q=0.1,text/plain": "text",
    "application/openmetrics-text;q=x": "text",
  };
  for (const [accept, format] of Object.entries(formats)) {
    assertEquals(formatFor(accept), format, accept);
  }
  assertEquals(formatFor(null), "text");
});

Deno.test("prometheus: HEAD, other methods, other paths", async () => {
  const { ask } = await scraped();
  const head = await ask("/metrics", { method: "HEAD" });
  assertEquals([head.status, await head.text()], [200, ""]);
  const post = await ask("/metrics", { method: "POST" });
  assertEquals([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
  for (const path of ["/", "/metrics/", "/api/v1/status", "/%2e%2e/metrics/x"]) {
    assertEquals((await ask(path)).status, 404, path);
  }
});

Deno.test("prometheus: a token or a password, where one is set, on every path", async () => {
  const options = { token: "abcdefgh1234", username: "scraper", password: "pässword" };
  await assertRejects(() => scraped(options), Error, "password: got a text, expected at least 8");
  const { ask } = await scraped({ ...options, password: "password9" });
  const status = async (authorization?: string, path?: string) => {
    const response = await ask(path, authorization ? { headers: { authorization } } : {});
    return response.status;
  };
  assertEquals(await status(), 401);
  assertEquals(await status(undefined, "/"), 401);
  assertEquals(await status("Bearer abcdefgh1234"), 200);
  assertEquals(await status("Bearer abcdefgh123"), 401);
  assertEquals(await status(`Basic ${btoa("scraper:password9")}`), 200);
  assertEquals(await status(`Basic ${btoa("scraper:password8")}`), 401);
  assertEquals((await ask()).headers.get("www-authenticate"), 'Basic realm="metrics", Bearer');
});

Deno.test("prometheus: options that cannot be", async () => {
  await assertRejects(() => scraped({ username: "a" }), Error, "belong together");
  await assertRejects(() => scraped({ token: "short" }), Error, "token: got a text, expected");
  await assertRejects(() => scraped({ username: "a:b", password: "12345678" }), Error, "colon");
  await assertRejects(() => scraped({ bind: 9234 }), Error, "bind: got 9234, expected an address");
  await assertRejects(() => scraped({ path: "/x" }), Error, "path: unknown option");
});

Deno.test("prometheus: open beyond this machine without a login is said", async () => {
  for (const bind of ["0.0.0.0:9234", "[::]:9234", "192.0.2.7:9234", ":9234"]) {
    const { harness } = await scraped({ bind });
    assertEquals(harness.messages("warning"), [
      `anyone who reaches ${bind} can read the metrics: set token, or username and password`,
    ]);
    assertEquals((await scraped({ bind, token: "12345678" })).harness.messages("warning"), []);
  }
  for (const bind of ["127.0.0.1:9234", "[::1]:9234", "localhost:9234", "127.1.2.3:0"]) {
    assertEquals((await scraped({ bind })).harness.messages("warning"), [], bind);
  }
});

Deno.test("prometheus: the aliases' averages go on while no one scrapes; without aliases there is no timer", async () => {
  const { harness, ask } = await scraped();
  assertEquals(harness.timerCount, 1);
  assert((await (await ask()).text()).includes("\nbroker_load_bytes_received_1min 0\n"));
  const without = await scraped({ aliases: false });
  assertEquals(without.harness.timerCount, 0);
  assert(!(await (await without.ask()).text()).includes("broker_"));
});
