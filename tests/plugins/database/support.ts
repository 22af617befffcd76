/** A database plugin set up without a broker, asked in few words. For tests against the real servers. */
import type { ClientView, Hooks, Plugin, Verdict } from "../../../mod.ts";
import { fakeClient, PluginHarness } from "../../support/plugin_harness.ts";
import { within } from "../../support/raw_client.ts";
import { untilAsync } from "../../support/until.ts";
import { NEVER } from "../../access/sources/support.ts";
import { SYSTEM_CLOCK } from "../../../lib/clock.ts";

/** The plugin's hooks; its clock stands still until `harness.advance` moves it. Use `await using`. */
export class DatabasePlugin implements AsyncDisposable {
  readonly harness: PluginHarness;
  readonly hooks: Hooks;

  private constructor(harness: PluginHarness, hooks: Hooks) {
    this.harness = harness;
    this.hooks = hooks;
  }

  static async setUp<Options>(
    plugin: Plugin<Options>,
    options: unknown,
    harness = new PluginHarness(),
  ): Promise<DatabasePlugin> {
    return new DatabasePlugin(harness, await harness.setUp(plugin, options));
  }

  /** `allow`, `allow, superuser`, `deny`, `failed` or `ignore`. */
  async login(
    username: string | undefined,
    password: string | undefined,
    client: Partial<ClientView> = {},
  ): Promise<string> {
    const verdict = await within(
      Promise.resolve(this.hooks.authenticate!({
        client: fakeClient({ username, ...client }),
        password: password === undefined ? undefined : new TextEncoder().encode(password),
        signal: NEVER,
      })),
      "a verdict",
    );
    const isSuperuser = typeof verdict === "object" && verdict.superuser;
    return isSuperuser ? `${short(verdict)}, superuser` : short(verdict);
  }

  /** Logs in again and again until it is let in. */
  allows(username: string, password: string): Promise<void> {
    return untilAsync(async () => await this.login(username, password) === "allow", "a good login");
  }

  /** `allow`, `deny`, `failed` or `ignore`. */
  async right(
    action: "publish" | "subscribe",
    topic: string,
    client: Partial<ClientView> = {},
  ): Promise<string> {
    return short(await this.verdict(action, topic, client));
  }

  /** The whole answer. */
  verdict(
    action: "publish" | "subscribe",
    topic: string,
    client: Partial<ClientView> = {},
  ): Promise<Verdict> {
    const request = {
      client: fakeClient({ username: "emqx", ...client }),
      action,
      topic,
      qos: 0,
      retain: false,
      signal: NEVER,
    } as const;
    return within(Promise.resolve(this.hooks.authorize!(request)), "a verdict");
  }

  /** What the source said last when it failed. */
  get lastError(): string | undefined {
    return this.hooks.health!().lastError;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hooks.dispose?.();
  }
}

/** A harness whose clock runs, for servers that refuse or do not answer: retries wait, time-outs pass. */
export function runningClock(): PluginHarness {
  const harness = new PluginHarness();
  Object.assign(harness.context, { clock: SYSTEM_CLOCK });
  return harness;
}

/** Names that would be more than names, were they ever put into a text. */
export const HOSTILE_NAMES: readonly string[] = [
  "' or 1=1 --",
  '" or ""="',
  "{$gt: ''}",
  '{"$ne": null}',
  "two words",
  " leading and trailing ",
  "line\nbreak",
  "\r\nFLUSHALL\r\n",
  "back\\slash",
  "%u%c",
  "*",
  "名前",
];

function short(verdict: Verdict): string {
  if (typeof verdict === "object" && verdict.failed && verdict.result) return "failed";
  return (typeof verdict === "object" ? verdict.result : verdict) ?? "ignore";
}
