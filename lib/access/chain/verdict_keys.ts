/**
 * What a verdict depends on, beside client, action and topic: QoS and RETAIN only where a source looks at them, so that
 * a client that publishes one topic in several ways asks once. Invariant: a source that does not say counts as one that
 * looks at both.
 */
import type { AuthorizeUses } from "../../plugin/plugin.ts";
import { logFailure, type Source } from "./source.ts";
import { verdictKey } from "./verdict_cache.ts";
import type { Question } from "./requests.ts";

/** The bits of PUBLISH's fixed header [MQTT-3.3.1]. */
const QOS_BITS = 0b0110;
const RETAIN_BIT = 0b0001;
const BITS: Readonly<Record<AuthorizeUses, number>> = {
  nothing: 0,
  qos: QOS_BITS,
  retain: RETAIN_BIT,
  both: QOS_BITS | RETAIN_BIT,
};

/** The keys of one chain's verdicts. */
export class VerdictKeys {
  /** The bits of a PUBLISH's first byte that a verdict depends on. */
  readonly headerMask: number;

  /** Asks the sources of rights once. */
  constructor(authorizers: readonly Source[]) {
    this.headerMask = authorizers.reduce((mask, source) => mask | bitsOf(source), 0);
  }

  /** The key of a question's verdict. */
  of({ action, topic, qos, retain }: Omit<Question, "client">): string {
    const usesQos = (this.headerMask & QOS_BITS) !== 0;
    const usesRetain = (this.headerMask & RETAIN_BIT) !== 0;
    return verdictKey(action, topic, usesQos ? qos : 0, usesRetain && retain);
  }
}

function bitsOf(source: Source): number {
  const { hooks, traits } = source;
  try {
    return BITS[hooks.authorizeUses?.() ?? traits.authorizeUses ?? "both"] ?? BITS.both; // a stranger's may say anything
  } catch (cause) {
    logFailure(source, "authorizeUses", cause);
    return BITS.both;
  }
}
