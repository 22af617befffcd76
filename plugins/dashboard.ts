/**
 * A page that looks into the broker, and an HTTP API. Invariants: at rest there is a listener and the last hour in
 * numbers, all else is loaded with the first request; without `bind` an address that is taken is no reason not to start.
 */
import {
  definePlugin,
  type HttpHandler,
  type HttpServer,
  messageOf,
  type Plugin,
  type PluginContext,
} from "../plugin.ts";
import { fetchLibraries } from "./dashboard/libraries.ts";
import { DEFAULT_BIND, OPTIONS, type Options } from "./dashboard/options.ts";
import type { Dashboard } from "./dashboard/server.ts";
import type { Host } from "./dashboard/requests.ts";

/** Loads what answers when it is first asked. */
class LateDashboard {
  readonly #host: Host;
  readonly #options: Options;
  #loading: Promise<Dashboard> | undefined;

  constructor(host: Host, options: Options) {
    this.#host = host;
    this.#options = options;
  }

  readonly answer: HttpHandler = async (exchange) => {
    this.#loading ??= this.#load().catch((cause) => {
      this.#loading = undefined; // a package may not have come; the next request tries again
      throw cause;
    });
    return await (await this.#loading).answer(exchange);
  };

  async end(): Promise<void> {
    (await this.#loading?.catch(() => undefined))?.end();
  }

  async #load(): Promise<Dashboard> {
    // A computed name, so that a start neither fetches nor reads what only requests need.
    const { Dashboard }: typeof import("./dashboard/server.ts") = await import(
      new URL("./dashboard/server.ts", import.meta.url).href
    );
    return new Dashboard(this.#host, this.#options);
  }
}

const plugin: Plugin<Options> = definePlugin({
  name: "dashboard",
  apiVersion: 1,
  options: OPTIONS,
  async setup(options, context) {
    const late = new LateDashboard(context, options);
    const server = await serve(options, context, late.answer);
    if (server === undefined) return {};
    context.measure?.(true); // who looks for the first time sees the last hour
    let fetching: Promise<void> | undefined;
    return {
      brokerStarted: () => {
        fetching = fetchLibraries().catch(() => {}); // the request that needs one tries again
        return showWayIn(server, options, context);
      },
      dispose: async () => {
        await Promise.all([fetching, late.end()]);
      },
    };
  },
});

/** Undefined: there is none, and that is no reason not to start. */
async function serve(
  options: Options,
  context: PluginContext,
  answer: HttpHandler,
): Promise<HttpServer | undefined> {
  const { bind, certfile, keyfile, key_passphrase: keyPassphrase, max_connections } = options;
  try {
    return await context.serveHttp?.({
      bind: bind ?? DEFAULT_BIND,
      certfile: certfile ?? undefined,
      keyfile: keyfile ?? undefined,
      keyPassphrase: keyPassphrase ?? undefined,
      maxConnections: max_connections,
    }, answer);
  } catch (cause) {
    if (typeof bind === "string" || !isTaken(cause)) throw cause;
    context.logger.warn(`no dashboard: ${messageOf(cause)}; give another by its option bind`);
    return undefined;
  }
}

function isTaken(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  return cause instanceof Deno.errors.AddrInUse || isTaken(cause.cause);
}

/** Says where it is, and where only tokens let in, how to get one; the first is shown once, at a terminal. */
async function showWayIn(
  { url }: HttpServer,
  { base_path }: Options,
  { logger, tell, manage, tokens, hasOtherAuthenticator }: PluginContext,
): Promise<void> {
  logger.info(`dashboard: ${url}${base_path}/`);
  if (hasOtherAuthenticator) return;
  if (tell === undefined) {
    logger.info("dashboard: log in with a token; `midge ctl token new` makes one");
    return;
  }
  if (await tokens?.isEmpty() !== true) return;
  const caller = { name: "the dashboard", isAdmin: true, user: undefined };
  const made = await manage?.("token new", { name: "first" }, caller);
  const { token } = Object(made) as { token?: unknown };
  if (typeof token !== "string") return;
  tell(`The dashboard is at ${url}${base_path}/`);
  tell(`Log in with this token, which is shown this once: ${token}`);
}

export default plugin;
