/**
 * The question of `acl explain`, as people write it: ACTION TOPIC --qos N --retain. Invariant: the same of a
 * configuration and of a running broker.
 */
import type { Action } from "../plugin/types.ts";
import type { QoS } from "../wire/packets.ts";
import { meantHint } from "../config/keys.ts";
import type { GivenOptions } from "./given_options.ts";
import type { OptionTable } from "./option_table.ts";
import { UsageError } from "./usage_error.ts";

/** What is asked about. */
export interface AclQuestion {
  readonly action: Action;
  readonly topic: string;
  readonly qos: QoS;
  readonly retain: boolean;
}

/** Its options. */
export const QUESTION_OPTIONS = {
  qos: {
    names: ["qos", "q"],
    value: "N",
    default: "0",
    choices: ["0", "1", "2"],
    filled: true,
    help: "acl explain: of the message or subscription",
  },
  retain: { names: ["retain", "r"], help: "acl explain: the message is to be retained" },
} as const satisfies OptionTable;

/** The actions there are. */
export const ACTIONS: readonly Action[] = ["publish", "subscribe", "receive"];

/**
 * Reads it.
 * @throws UsageError for anything else
 */
export function readQuestion(
  operands: readonly string[],
  given: GivenOptions<typeof QUESTION_OPTIONS>,
): AclQuestion {
  const [word, topic, extra] = operands;
  if (word === undefined) throw new UsageError("ACTION is missing: publish, subscribe or receive");
  const action = ACTIONS.find((known) => known === word);
  if (action === undefined) {
    const hint = meantHint(word, ACTIONS);
    throw new UsageError(
      `got ${JSON.stringify(word)}, expected publish, subscribe or receive${hint}`,
    );
  }
  if (topic === undefined) throw new UsageError("TOPIC is missing");
  if (extra !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(extra)}`);
  return { action, topic, qos: readQos(given), retain: given.has("retain") };
}

/**
 * Reads --qos.
 * @throws UsageError for anything but 0, 1, 2
 */
export function readQos(given: GivenOptions<typeof QUESTION_OPTIONS>): QoS {
  const text = given.last("qos");
  if (text === "0") return 0;
  if (text === "1") return 1;
  if (text === "2") return 2;
  throw given.wrong("qos", "0, 1 or 2");
}
