/**
 * A plugin without a broker: its options checked as the loader checks them, a clock that stands still
 * until a test moves it, and everything it logs and publishes kept.
 */
import { FakeClock } from "./fake_clock.ts";
import { liveMetrics } from "../../lib/plugin/live_metrics.ts";
import { checkOptions } from "../../lib/plugin/options.ts";
import type { PluginContext } from "../../lib/plugin/context.ts";
import type { AuthenticateRequest } from "../../lib/plugin/decisions.ts";
import type { Plugin } from "../../lib/plugin/plugin.ts";
import type { Hooks } from "../../lib/plugin/hook_types.ts";
import type { Metrics } from "../../lib/plugin/metrics.ts";
import type { ClientView, Logger, MessageView, OutgoingMessage } from "../../lib/plugin/types.ts";

type Level = "debug" | "info" | "warning" | "error";
const LEVELS: readonly Level[] = ["debug", "info", "warning", "error"];

/** Something a plugin logged. */
export interface LogLine {
  level: Level;
  message: string;
  properties: Record<string, unknown>;
}

/** What a test may choose. */
export interface HarnessOptions {
  /** Below this level the logger says that nothing is written. Default debug. */
  level?: Level;
  directory?: string;
  metrics?: Partial<Metrics>;
  hasOtherAuthenticator?: boolean;
  asksForCertificates?: boolean;
  wildcards?: "strict" | "emqx";
}

const NO_METRICS = liveMetrics({}, {});

/** A host for one plugin at a time. */
export class PluginHarness {
  readonly lines: LogLine[] = [];
  readonly published: OutgoingMessage[] = [];
  readonly context: PluginContext;
  /** Below this level the logger says that nothing is written. */
  level: Level;
  /** 2026-11-22 03:14:15 UTC at first. */
  readonly clock = new FakeClock(1_795_317_255_000);

  constructor(options: HarnessOptions = {}) {
    this.level = options.level ?? "debug";
    this.context = {
      name: "plugin under test",
      side: "broker",
      version: "1.2.3",
      logger: this.#logger(),
      directory: options.directory ?? "/nowhere",
      metrics: { ...NO_METRICS, ...options.metrics },
      clock: this.clock,
      publish: (message) => void this.published.push(message),
      clients: () => [],
      plugins: [],
      hasOtherAuthenticator: options.hasOtherAuthenticator ?? false,
      asksForCertificates: options.asksForCertificates ?? true,
      wildcards: options.wildcards ?? "strict",
      kick: () => false,
      rulesChanged: () => {},
    };
  }

  /** Checks the options and sets the plugin up, as the loader does. */
  async setUp<Options>(plugin: Plugin<Options>, options: unknown = {}): Promise<Hooks> {
    const anyPlugin = plugin as Plugin;
    const checked = await checkOptions(anyPlugin, options, `plugins.${plugin.name}`);
    return Object.freeze(await anyPlugin.setup(checked, this.context));
  }

  /** Lets time pass; timers fire in order. */
  advance(milliseconds: number): void {
    this.clock.advance(milliseconds);
  }

  /** Epoch milliseconds. */
  get now(): number {
    return this.clock.time;
  }

  /** How many timers run. */
  get timerCount(): number {
    return this.clock.timerCount;
  }

  /** What was logged at this level. */
  messages(level: Level): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }

  /** The payload last published to a topic. */
  payloadOf(topicName: string): Uint8Array | string | undefined {
    return this.published.findLast((message) => message.topicName === topicName)?.payload;
  }

  #logger(): Logger {
    const write = (level: Level) => (message: string, properties: Record<string, unknown> = {}) => {
      this.lines.push({ level, message, properties });
    };
    return {
      debug: write("debug"),
      info: write("info"),
      warn: write("warning"),
      error: write("error"),
      isEnabledFor: (level) => LEVELS.indexOf(level) >= LEVELS.indexOf(this.level),
    };
  }
}

/** A client, `c1` of 192.0.2.7 without a username unless told otherwise. */
export function fakeClient(changes: Partial<ClientView> = {}): ClientView {
  return {
    clientId: "c1",
    username: undefined,
    address: "192.0.2.7",
    port: 51234,
    listener: "default",
    transport: "tcp",
    protocolLevel: 4,
    cleanSession: true,
    keepAlive: 60,
    superuser: false,
    anonymous: changes.username === undefined,
    attributes: new Map(),
    ...changes,
  };
}

/** A message, `a/b` with payload `hello` unless told otherwise. */
export function fakeMessage(changes: Partial<MessageView> = {}): MessageView {
  const payload = new TextEncoder().encode("hello");
  return { topicName: "a/b", payload, qos: 0, retain: false, origin: "client", ...changes };
}

/** What `authenticate` is asked for these credentials. */
export function login(username?: string, password?: string): AuthenticateRequest {
  return {
    client: fakeClient({ username }),
    password: password === undefined ? undefined : new TextEncoder().encode(password),
    signal: new AbortController().signal,
  };
}
