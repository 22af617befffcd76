/**
 * Serves the broker's metrics to Prometheus: /metrics in OpenMetrics or the older text format, over HTTP or HTTPS. By
 * default for this machine alone. Invariant: a scrape costs the same however many clients there are, and nothing of it is
 * loaded before the first one.
 */
import { type InferOutput, optional } from "valibot";
import {
  definePlugin,
  kindOf,
  optionField,
  optionsOf,
  pathOption,
  type PluginContext,
  switchOption,
  UserError,
} from "../plugin.ts";
import { MosquittoTree } from "./mosquitto_tree/tree.ts";

/** How often mosquitto brings its averages up to date, milliseconds. */
const UPDATE_MS = 10_000;

/** Addresses of this machine alone. */
const LOOPBACK = /^(?:127\.|\[::1\]|localhost:)/;

const bindOption = optionField(
  (value) => typeof value === "string" && value !== "" ? value : undefined,
  "an address with its port, such as 127.0.0.1:9234",
);
const secretOption = optionField(
  (value) => typeof value === "string" && /^[\x21-\x7e]{8,}$/.test(value) ? value : undefined,
  "at least 8 visible ASCII characters",
  kindOf,
);
const userOption = optionField(
  (value) => typeof value === "string" && /^[^:\p{Cc}]+$/u.test(value) ? value : undefined,
  "a name without a colon",
);

const OPTIONS = optionsOf({
  /** Where it listens. */
  bind: optional(bindOption, "127.0.0.1:9234"),
  /** A certificate with its chain: HTTPS. */
  certfile: optional(pathOption),
  keyfile: optional(pathOption),
  /** What a scraper sends as `Authorization: Bearer TOKEN`. */
  token: optional(secretOption),
  /** Or as `Authorization: Basic`. */
  username: optional(userOption),
  password: optional(secretOption),
  /** mosquitto's names beside Midge's own. */
  aliases: optional(switchOption, true),
});

type Options = InferOutput<typeof OPTIONS>;

export default definePlugin({
  name: "prometheus",
  apiVersion: 1,
  options: OPTIONS,
  async setup(options, context) {
    const { serveHttp, measure } = context;
    if (serveHttp === undefined) throw new UserError("prometheus: a client serves nothing");
    const authorizations = authorizationsOf(options);
    if (authorizations.length === 0 && !LOOPBACK.test(options.bind)) {
      const how = "set token, or username and password";
      context.logger.warn(`anyone who reaches ${options.bind} can read the metrics: ${how}`);
    }
    measure?.();
    const tree = options.aliases ? treeOf(context) : undefined;
    const { bind, certfile, keyfile } = options;
    const { url } = await serveHttp(
      { bind, certfile, keyfile, maxConnections: 20, maxBody: 0 },
      async (exchange) => {
        const { answer, aliasesOf } = await import("./prometheus/answer.ts");
        return answer(exchange.request, {
          metrics: context.metrics,
          version: context.version,
          authorizations,
          more: () => tree === undefined ? [] : aliasesOf(tree.values(context.clock.epoch())),
        });
      },
    );
    context.logger.info(`metrics: ${url}/metrics`);
    return {};
  },
});

/** The averages go on while no one looks. */
function treeOf({ metrics, clock }: PluginContext): MosquittoTree {
  const tree = new MosquittoTree(metrics, clock.now());
  clock.every(UPDATE_MS, () => tree.update(clock.now()));
  return tree;
}

/** What the Authorization header may be; empty: there is no login. */
function authorizationsOf({ token, username, password }: Options): string[] {
  if ((username === undefined) !== (password === undefined)) {
    throw new UserError("prometheus: username and password belong together");
  }
  return [
    ...(token === undefined ? [] : [`Bearer ${token}`]),
    ...(username === undefined ? [] : [`Basic ${base64(`${username}:${password}`)}`]),
  ];
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
