/**
 * `midge pub`: publishes messages from the command line, a file or stdin. Invariant: exit code 0 means that every
 * message has its QoS.
 */
import type { Client } from "../client/client.ts";
import { checkTopicName } from "../client/publish_topics.ts";
import { messageOf } from "../user_error.ts";
import { withClient } from "./client_command.ts";
import { readClientConfig } from "./client_config.ts";
import {
  CONNECTION_OPTIONS,
  GENERAL_OPTIONS,
  isAnswered,
  QOS_CHOICES,
  SESSION_OPTIONS,
} from "./client_options.ts";
import { sessionOf } from "./client_session.ts";
import { describeOptions, type OptionTable } from "./option_table.ts";
import { disconnectOptions, messageOptions } from "./given_properties.ts";
import { propertiesOf } from "./property_options.ts";
import { readOptions } from "./options.ts";
import { PAYLOAD_OPTIONS, payloadsOf, repeated, sourceOf } from "./payloads.ts";
import { Publisher } from "./publisher.ts";
import { UsageError } from "./usage_error.ts";
import type { CommandShape } from "./shape.ts";

const OPTIONS = {
  topic: { names: ["topic", "t"], value: "TOPIC", help: "where to publish" },
  ...PAYLOAD_OPTIONS,
  qos: { names: ["qos", "q"], value: "QOS", choices: QOS_CHOICES, help: "0, 1 or 2; default 0" },
  retain: { names: ["retain", "r"], help: "the broker keeps it as retained message" },
  ...CONNECTION_OPTIONS,
  ...SESSION_OPTIONS,
  ...GENERAL_OPTIONS,
} as const satisfies OptionTable;

/** Printed by `midge pub --help`. */
export const HELP =
  `Usage: midge pub -t TOPIC (-m TEXT | -f FILE | --file FILE | -s | -l | -n) [FLAGS]

Publishes to a broker of MQTT 3.1.1 or 5. -l reads stdin as it comes and sends as fast as the broker takes it.

${describeOptions(OPTIONS)}

Examples:
  midge pub -t home/lamp -m on
  midge pub -h broker.example -p 8883 --tls -u alice -P secret -t home/lamp -m on -q 1
  journalctl -f | midge pub -t logs/house -l

Exit code 0: every message was taken by the broker (QoS 0: by the network); 1: not; 2: the command line was
not understood; 130, 143: stopped by SIGINT, SIGTERM, what was read before having been sent.`;

/** What it takes. */
export const SHAPE: CommandShape = { options: OPTIONS };

/** It has an -h of its own. */
export const ownsHelp = true;

/** Publishes. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, OPTIONS);
  if (isAnswered(given, HELP)) return 0;
  const source = sourceOf(given);
  const qos = given.qos("qos");
  const times = given.integer("repeat", 1);
  const pause = given.seconds("repeat-delay");
  const properties = propertiesOf(given, ["connect", "publish", "disconnect", "will"]);
  const session = sessionOf(given, properties);
  const { config, topic: topicOfUrl } = await readClientConfig(given, session);
  const topic = given.last("topic") ?? topicOfUrl;
  if (topic === undefined) throw new UsageError("--topic is missing");
  checkTopic(topic);
  const retain = given.has("retain") ? true : undefined;
  // Opened first: a file that cannot be read is no reason to connect.
  const payloads = await payloadsOf(source, given);
  const message = messageOptions(properties.get("publish"));
  const leave = disconnectOptions(properties.get("disconnect"), config);
  const work = async (client: Client, stop: AbortSignal) => {
    const publisher = new Publisher(client, topic, { qos, retain, ...message });
    const all = times > 1 ? repeated(payloads, times, pause, stop) : payloads;
    await untilStopped(publisher.publishAll(all), stop, publisher);
    return 0;
  };
  return await withClient(config, work, { leave });
}

/** @throws {UsageError} for what is no topic name */
export function checkTopic(topic: string): void {
  try {
    checkTopicName(topic);
  } catch (error) {
    throw new UsageError(`--topic ${messageOf(error)}`);
  }
}

/** Waits for the work; when a signal comes, for what was accepted until then, and throws the signal's reason. */
async function untilStopped(
  work: Promise<void>,
  stop: AbortSignal,
  publisher: Publisher,
): Promise<void> {
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  stop.addEventListener("abort", () => resolve(), { once: true });
  if (stop.aborted) resolve();
  await Promise.race([work, stopped]);
  if (!stop.aborted) return;
  publisher.stop();
  await publisher.settled();
  throw stop.reason;
}
