/**
 * `midge sub`: prints messages as they arrive. Invariant: what is printed is written before the exit; while
 * stdout is slow the client reads no further, so memory is bounded.
 */
import type { Client } from "../client/client.ts";
import type { UnsubscribeOptions } from "../client/options.ts";
import type { ClientOptions } from "../client/config_types.ts";
import { orAborted } from "../wait.ts";
import { EXIT, withClient } from "./client_command.ts";
import { readClientConfig } from "./client_config.ts";
import {
  CONNECTION_OPTIONS,
  GENERAL_OPTIONS,
  isAnswered,
  SESSION_OPTIONS,
} from "./client_options.ts";
import { sessionOf } from "./client_session.ts";
import { MessagePrinter } from "./message_printer.ts";
import { describeOptions, type OptionTable } from "./option_table.ts";
import { readOptions } from "./options.ts";
import { Output } from "./output.ts";
import { disconnectOptions, subscribeProperties } from "./given_properties.ts";
import { propertiesOf } from "./property_options.ts";
import { optionOf5, type Plan, planOf, SUB_OPTIONS } from "./sub_plan.ts";
import type { CommandShape } from "./shape.ts";

/** The packets that properties can be given to. */
const COMMANDS = ["connect", "subscribe", "unsubscribe", "disconnect", "will"] as const;

const OPTIONS = {
  ...SUB_OPTIONS,
  ...CONNECTION_OPTIONS,
  ...SESSION_OPTIONS,
  ...GENERAL_OPTIONS,
} as const satisfies OptionTable;

/** Printed by `midge sub --help`. */
export const HELP = `Usage: midge sub -t FILTER [-t FILTER ...] [FLAGS]

Subscribes at a broker of MQTT 3.1.1 or 5 and prints each payload as a line, until SIGINT, SIGTERM, --count or --timeout.
When the broker is lost it connects again, for ever; --no-reconnect ends it then.

${describeOptions(OPTIONS)}

Examples:
  midge sub -t 'home/#' -v
  midge sub -t 'home/#' -C 1 -W 10
  midge sub -h broker.example -p 8883 --tls -u alice -P secret -t 'home/#'

Exit code 0: ended as asked, by a signal too; 1: the broker could not be reached, refused, or was lost; 2: the
command line was not understood; 27: --timeout came before --count was reached.`;

/** What it takes. */
export const SHAPE: CommandShape = { options: OPTIONS };

/** A broker that restarts is waited for, one that was never there is not, as mosquitto_sub does. */
const FAITHFUL: ClientOptions = { reconnect_retries: -1, connect_retries: 2 };

/** It has an -h of its own. */
export const ownsHelp = true;

/** Subscribes and prints. */
export async function run(args: readonly string[]): Promise<number> {
  const given = readOptions(args, OPTIONS);
  if (isAnswered(given, HELP)) return 0;
  const properties = propertiesOf(given, COMMANDS);
  const said = sessionOf(given, properties, optionOf5(given));
  const session = given.has("no-reconnect") ? { ...said, auto_reconnect: false } : said;
  const { config, topic } = await readClientConfig(given, session, FAITHFUL);
  const filters = topic === undefined ? given.all("topic") : [...given.all("topic"), topic];
  const plan = planOf(given, filters, subscribeProperties(properties.get("subscribe")));
  const printer = new MessagePrinter(plan, new Output(Deno.stdout));
  const { userProperties } = properties.get("unsubscribe") ?? {};
  const work = (client: Client, stop: AbortSignal) =>
    printUntil(stop, client, plan, printer, { userProperties });
  const code = await withClient(config, work, {
    prepare: (client) => void client.onMessage(undefined, (message) => printer.receive(message)),
    leave: disconnectOptions(properties.get("disconnect"), config),
  });
  await printer.flush();
  return code;
}

/** Subscribes and prints until the plan is done, its time is over, or the signal; the exit code. */
async function printUntil(
  stop: AbortSignal,
  client: Client,
  plan: Plan,
  printer: MessagePrinter,
  unsubscribe: UnsubscribeOptions,
): Promise<number> {
  const { timeout } = plan;
  const end = timeout === undefined ? stop : AbortSignal.any([stop, AbortSignal.timeout(timeout)]);
  try {
    return await subscribe(client, plan, printer, { ...unsubscribe, signal: end });
  } catch (error) {
    if (!end.aborted || error !== end.reason) throw error;
    return stop.aborted || plan.count === Infinity ? 0 : EXIT.TIMEOUT;
  }
}

async function subscribe(
  client: Client,
  plan: Plan,
  printer: MessagePrinter,
  unsubscribe: UnsubscribeOptions & { signal: AbortSignal },
): Promise<number> {
  const { signal } = unsubscribe;
  if (plan.unsubscribe.length > 0) await client.unsubscribe(plan.unsubscribe, unsubscribe);
  if (plan.filters.length > 0) {
    await client.subscribe(plan.filters, { ...plan.options, signal });
  }
  if (plan.leavesAtOnce) return 0;
  const lost = client.closed.then((error) => {
    throw error;
  });
  await orAborted(Promise.race([printer.done, lost]), signal);
  return 0;
}
