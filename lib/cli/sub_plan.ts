/**
 * What `midge sub` is to do: its own options, and the plan that follows from them. Invariant: a plan is complete
 * before anything connects.
 */
import type { SubscribeOptions } from "../client/options.ts";
import { matcherOf } from "../client/receivers.ts";
import { messageOf } from "../user_error.ts";
import { QOS_CHOICES } from "./client_options.ts";
import type { GivenOptions } from "./given_options.ts";
import { jsonFormat, type MessageFormat, plainFormat, textFormat } from "./message_format.ts";
import type { OptionTable } from "./option_table.ts";
import { UsageError } from "./usage_error.ts";

/** How messages are printed. */
export const FORMAT_OPTIONS = {
  verbose: { names: ["verbose", "v"], help: "print the topic before the payload" },
  json: { names: ["json"], help: "print one JSON object a line" },
  format: {
    names: ["format", "F"],
    value: "FORMAT",
    help: "%t topic, %p payload, %l length, %m packet id, %q QoS, %r\n" +
      "retain, %x %X %b payload as hex or base64, %j %J all as JSON,\n" +
      "%I %U time, @Y @m @d ... time as strftime; of MQTT 5 %C content\n" +
      "type, %R response topic, %D correlation data, %E expiry, %F\n" +
      "payload format, %P user properties, %S subscription identifiers",
  },
  "no-line-end": { names: ["no-line-end", "N"], help: "no line end behind a message" },
} as const satisfies OptionTable;

const HANDLINGS = ["always", "new", "never"] as const;

/** The options that only this command has. */
export const SUB_OPTIONS = {
  topic: {
    names: ["topic", "t"],
    value: "FILTER",
    help: "what to subscribe to; may be repeated",
  },
  qos: { names: ["qos", "q"], value: "QOS", choices: QOS_CHOICES, help: "0, 1 or 2; default 0" },
  count: { names: ["count", "C", "n"], value: "COUNT", help: "end after that many messages" },
  timeout: { names: ["timeout", "W"], value: "SECONDS", help: "end after this time" },
  ...FORMAT_OPTIONS,
  "no-retained": { names: ["no-retained", "R"], help: "skip retained messages" },
  "retained-only": { names: ["retained-only"], help: "end at the first that is not retained" },
  "filter-out": {
    names: ["filter-out", "T"],
    value: "FILTER",
    help: "skip what matches; may be repeated",
  },
  unsubscribe: {
    names: ["unsubscribe", "U"],
    value: "FILTER",
    help: "give up a kept subscription; may be repeated",
  },
  "no-reconnect": {
    names: ["no-reconnect"],
    help: "end when the connection is lost; else connect again for ever",
  },
  "no-local": { names: ["no-local"], help: "MQTT 5: not what this client publishes" },
  "retain-as-published": {
    names: ["retain-as-published"],
    help: "MQTT 5: keep the publishers' retain flag",
  },
  "retain-handling": {
    names: ["retain-handling"],
    value: "HOW",
    choices: HANDLINGS,
    help: "MQTT 5: send retained messages always, new (if the\nsubscription is new) or never",
  },
  "exit-after-subscribe": { names: ["exit-after-subscribe", "E"], help: "end once subscribed" },
} as const satisfies OptionTable;

type Given = GivenOptions<typeof SUB_OPTIONS>;

/** What to subscribe to, what to print, and when to end. */
export interface Plan {
  readonly filters: readonly string[];
  /** How to subscribe to them. */
  readonly options: SubscribeOptions;
  readonly unsubscribe: readonly string[];
  readonly format: MessageFormat;
  readonly count: number;
  /** Milliseconds. */
  readonly timeout: number | undefined;
  readonly retained: "all" | "skip" | "only";
  readonly isSkipped: (topicName: string) => boolean;
  readonly leavesAtOnce: boolean;
}

/** The first option given that only MQTT 5 has. */
export function optionOf5(given: Given): string | undefined {
  const options = ["no-local", "retain-as-published", "retain-handling"] as const;
  const option = options.find((one) => given.has(one));
  return option === undefined ? undefined : given.nameOf(option);
}

const RETAIN_HANDLING = { always: 0, new: 1, never: 2 } as const;

function optionsOf(given: Given, properties: SubscribeOptions): SubscribeOptions {
  const handling = given.choice("retain-handling", HANDLINGS);
  return {
    ...properties,
    qos: given.qos("qos"),
    noLocal: given.has("no-local") ? true : undefined,
    retainAsPublished: given.has("retain-as-published") ? true : undefined,
    retainHandling: handling === undefined ? undefined : RETAIN_HANDLING[handling],
  };
}

/**
 * @param properties Those of SUBSCRIBE
 * @throws {UsageError} where options are missing, exclude one another or are not understood
 */
export function planOf(
  given: Given,
  filters: readonly string[],
  properties: SubscribeOptions = {},
): Plan {
  const unsubscribe = given.all("unsubscribe");
  if (filters.length === 0 && unsubscribe.length === 0) throw new UsageError("--topic is missing");
  if (given.has("no-retained") && given.has("retained-only")) {
    throw new UsageError("--no-retained and --retained-only exclude one another");
  }
  const skipped = given.all("filter-out").map((filter) => check(filter, "filter-out"));
  for (const filter of filters) check(filter, "topic");
  for (const filter of unsubscribe) check(filter, "unsubscribe");
  return {
    filters,
    unsubscribe,
    options: optionsOf(given, properties),
    format: formatOf(given),
    count: given.integer("count", 1) ?? Infinity,
    timeout: given.seconds("timeout"),
    retained: given.has("no-retained") ? "skip" : given.has("retained-only") ? "only" : "all",
    isSkipped: (topicName) => skipped.some((matches) => matches(topicName)),
    leavesAtOnce: given.has("exit-after-subscribe") || filters.length === 0,
  };
}

function check(filter: string, option: string): (topicName: string) => boolean {
  try {
    return matcherOf(filter);
  } catch (error) {
    throw new UsageError(`--${option} ${messageOf(error)}`);
  }
}

/** @throws {UsageError} where a format is not understood */
export function formatOf(given: GivenOptions<typeof FORMAT_OPTIONS>): MessageFormat {
  const lineEnd = given.has("no-line-end") ? "" : "\n";
  const now = () => new Date();
  const format = given.last("format");
  if (given.has("json")) return jsonFormat(now);
  if (format !== undefined) return textFormat(format, now, lineEnd);
  return plainFormat(given.has("verbose"), lineEnd);
}
