/** The plugin http set up without a broker, for its tests. */
import type { AuthorizeRequest, ClientView, Hooks, Verdict } from "../../mod.ts";
import http from "../../plugins/http.ts";
import { fakeClient, PluginHarness } from "../support/plugin_harness.ts";
import { within } from "../support/raw_client.ts";
import { NEVER } from "../access/sources/support.ts";

/** The plugin's hooks, asked in few words. Use `await using`. */
export class HttpPlugin implements AsyncDisposable {
  readonly harness: PluginHarness;
  readonly hooks: Hooks;

  private constructor(harness: PluginHarness, hooks: Hooks) {
    this.harness = harness;
    this.hooks = hooks;
  }

  static async setUp(options: unknown, harness = new PluginHarness()): Promise<HttpPlugin> {
    return new HttpPlugin(harness, await harness.setUp(http, options));
  }

  login(
    client: Partial<ClientView> = {},
    password?: string | Uint8Array,
    signal = NEVER,
  ): Promise<Verdict> {
    const bytes = typeof password === "string" ? new TextEncoder().encode(password) : password;
    const request = { client: fakeClient(client), password: bytes, signal };
    return within(Promise.resolve(this.hooks.authenticate!(request)), "a verdict");
  }

  right(
    action: "publish" | "subscribe",
    topic: string,
    client: Partial<ClientView> = {},
    signal = NEVER,
  ): Promise<Verdict> {
    const request: AuthorizeRequest = {
      client: fakeClient(client),
      action,
      topic,
      qos: 0,
      retain: false,
      signal,
    };
    return within(Promise.resolve(this.hooks.authorize!(request)), "a verdict");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hooks.dispose!();
  }
}

/** allow, deny, ignore, or failed (and denied). */
export function short(verdict: Verdict): string {
  if (typeof verdict === "object" && verdict.failed) return "failed";
  return (typeof verdict === "object" ? verdict.result : verdict) ?? "ignore";
}

/** A request's head without the headers that are always the same, and its body. */
export function essence(request: string): { line: string; type: string | undefined; body: string } {
  const [head = "", ...body] = request.split("\r\n\r\n");
  const [line = "", ...headers] = head.split("\r\n");
  const type = headers.find((one) => one.startsWith("content-type: "))?.slice(14);
  return { line: line.replace(" HTTP/1.1", ""), type, body: body.join("\r\n\r\n") };
}
