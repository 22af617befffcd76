/**
 * `midge rr`: publishes a request and prints the answer, with the letters of mosquitto_rr. Invariant: what is printed is
 * the answer to this request, by its correlation data.
 */
import type { Client } from "../client/client.ts";
import type { ClientError } from "../client/errors.ts";
import { EXIT, withClient } from "./client_command.ts";
import { readClientConfig } from "./client_config.ts";
import {
  CONNECTION_OPTIONS,
  GENERAL_OPTIONS,
  isAnswered,
  QOS_CHOICES,
  SESSION_OPTIONS,
} from "./client_options.ts";
import { sessionOf } from "./client_session.ts";
import { disconnectOptions, messageOptions } from "./given_properties.ts";
import { describeOptions, type OptionTable } from "./option_table.ts";
import { readOptions } from "./options.ts";
import { Output } from "./output.ts";
import { payloadOf, REQUEST_OPTIONS, requestSourceOf } from "./payloads.ts";
import { propertiesOf } from "./property_options.ts";
import { checkTopic } from "./pub.ts";
import { FORMAT_OPTIONS, formatOf } from "./sub_plan.ts";
import { UsageError } from "./usage_error.ts";
import type { CommandShape } from "./shape.ts";

const OPTIONS = {
  topic: { names: ["topic", "t"], value: "TOPIC", help: "where to ask" },
  ...REQUEST_OPTIONS,
  qos: { names: ["qos", "q"], value: "QOS", choices: QOS_CHOICES, help: "0, 1 or 2; default 0" },
  timeout: {
    names: ["timeout", "W"],
    value: "SECONDS",
    default: "30",
    help: "how long to wait for the answer",
  },
  ...FORMAT_OPTIONS,
  ...CONNECTION_OPTIONS,
  ...SESSION_OPTIONS,
  ...GENERAL_OPTIONS,
} as const satisfies OptionTable;

/** Printed by `midge rr --help`. */
export const HELP = `Usage: midge rr -t TOPIC (-m TEXT | -f FILE | -s | -n) [FLAGS]

Publishes a request at a broker of MQTT 5 and prints the answer as a line: response topic and correlation data.

${describeOptions(OPTIONS)}

Example:
  midge rr -t home/thermostat/get -m temperature -W 5

Exit code 0: answered; 1: the broker could not be reached or refused, or no one is there to answer; 2: the command
line was not understood; 27: no answer within --timeout.`;

/** What it takes. */
export const SHAPE: CommandShape = { options: OPTIONS };

/** It has an -h of its own. */
export const ownsHelp = true;

/** Asks. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, OPTIONS);
  if (isAnswered(given, HELP)) return 0;
  const source = requestSourceOf(given);
  const properties = propertiesOf(given, ["connect", "publish", "disconnect", "will"]);
  const session = sessionOf(given, properties, "midge rr");
  const { config, topic: topicOfUrl } = await readClientConfig(given, session);
  const topic = given.last("topic") ?? topicOfUrl;
  if (topic === undefined) throw new UsageError("--topic is missing");
  checkTopic(topic);
  const format = formatOf(given);
  const message = {
    ...messageOptions(properties.get("publish")),
    qos: given.qos("qos"),
    timeout: given.seconds("timeout"),
  };
  const payload = await payloadOf(source, given);
  const output = new Output(Deno.stdout);
  const work = async (client: Client, signal: AbortSignal) => {
    const answer = await client.request(topic, payload, { ...message, signal });
    await output.write(...format(answer));
    return 0;
  };
  const leave = disconnectOptions(properties.get("disconnect"), config);
  const code = await withClient(config, work, { leave, failed: exitCodeOf });
  await output.flush();
  return code;
}

function exitCodeOf(error: ClientError): number {
  return error.code === "timeout" ? EXIT.TIMEOUT : EXIT.FAILED;
}
