/**
 * The question of `acl explain`, as people write it: ACTION TOPIC --qos N --retain. Used by acl.ts and ctl.ts.
 */
import type { Action } from "../plugin/types.ts";
import type { QoS } from "../wire/packets.ts";
import { UsageError } from "./flags.ts";

/** What is asked about. */
export interface AclQuestion {
  readonly action: Action;
  readonly topic: string;
  readonly qos: QoS;
  readonly retain: boolean;
}

/** The actions there are. */
export const ACTIONS: readonly Action[] = ["publish", "subscribe", "receive"];

/**
 * Reads it.
 * @throws UsageError for anything else
 */
export function readQuestion(
  operands: readonly string[],
  qos: string | undefined,
  retain: boolean,
): AclQuestion {
  const [word, topic, extra] = operands;
  if (word === undefined) throw new UsageError("ACTION is missing: publish, subscribe or receive");
  const action = ACTIONS.find((known) => known === word);
  if (action === undefined) {
    throw new UsageError(`got ${JSON.stringify(word)}, expected publish, subscribe or receive`);
  }
  if (topic === undefined) throw new UsageError("TOPIC is missing");
  if (extra !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(extra)}`);
  return { action, topic, qos: readQos(qos), retain };
}

function readQos(text: string | undefined): QoS {
  if (text === undefined || text === "0") return 0;
  if (text === "1") return 1;
  if (text === "2") return 2;
  throw new UsageError(`--qos got ${JSON.stringify(text)}, expected 0, 1 or 2`);
}
