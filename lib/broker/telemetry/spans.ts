/**
 * Spans of OpenTelemetry: logins, access decisions, deliveries. Invariants: no more than SPANS_A_SECOND of each kind, so
 * that no load of messages becomes one of spans; no password, no payload; what is traced is not changed.
 */
import { type Attributes, type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Admission } from "../../access/chain/admission.ts";
import type { Question } from "../../access/chain/requests.ts";
import type { Ruling } from "../../access/chain/walk.ts";
import type { Clock } from "../../clock.ts";
import type { MaybePromise } from "../../plugin/types.ts";
import type { OutgoingPublish } from "../../session/outgoing.ts";
import { TokenBucket } from "../../token_bucket.ts";
import { messageOf } from "../../user_error.ts";
import { VERSION } from "../../version.ts";
import type { Route } from "../route.ts";
import type { Telemetry } from "./telemetry.ts";

/** Of each kind: a sample is enough to see what takes long. */
const SPANS_A_SECOND = 100;

/** Says what came of the work. */
type Ended<Result> = (result: Result) => Attributes;

/** Those of one broker. */
export class Spans implements Telemetry {
  readonly #tracer = trace.getTracer("midge", VERSION);
  readonly #clock: Pick<Clock, "now">;
  readonly #logins = bucket();
  readonly #rulings = bucket();
  readonly #deliveries = bucket();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  login(
    { clientId, address }: { readonly clientId: string; readonly address: string },
    work: () => Promise<Admission>,
  ): Promise<Admission> {
    if (!this.#isTaken(this.#logins)) return work();
    const span = this.#begin("authenticate", {
      "messaging.client.id": clientId,
      "client.address": address,
    });
    const ended: Ended<Admission> = ({ allowed, reason }) => decided(allowed, reason.text);
    return later(span, work(), ended);
  }

  authorize(
    { client, action, topic }: Question,
    work: () => MaybePromise<Ruling>,
  ): MaybePromise<Ruling> {
    if (!this.#isTaken(this.#rulings)) return work();
    const span = this.#begin(`authorize ${action}`, {
      "messaging.client.id": client.clientId,
      "messaging.destination.name": topic,
    });
    return during(span, work, ({ allowed, because }) => decided(allowed, because));
  }

  deliver(
    { topicName, qos, payloadLength, publisher = "" }: OutgoingPublish,
    { recipients, groups }: Route,
    work: () => void | Promise<void>,
  ): void | Promise<void> {
    if (!this.#isTaken(this.#deliveries)) return work();
    const span = this.#begin("deliver", {
      "messaging.client.id": publisher,
      "messaging.destination.name": topicName,
      "messaging.message.body.size": payloadLength,
      "midge.qos": qos,
      "midge.receivers": recipients.length,
      "midge.shared_subscriptions": groups.length,
    });
    return during(span, work, () => ({}));
  }

  #isTaken(kind: TokenBucket): boolean {
    return kind.tryTake(this.#clock.now());
  }

  #begin(name: string, attributes: Attributes): Span {
    return this.#tracer.startSpan(name, {
      attributes: { "messaging.system": "mqtt", ...attributes },
    });
  }
}

function bucket(): TokenBucket {
  return new TokenBucket({ perSecond: SPANS_A_SECOND, burst: SPANS_A_SECOND });
}

/** The source is what stands before the rule. */
function decided(isAllowed: boolean, because: string): Attributes {
  const [source = ""] = because.split(": ", 1);
  return {
    "midge.verdict": isAllowed ? "allow" : "deny",
    "midge.source": source,
    "midge.because": because,
  };
}

function during<Result>(
  span: Span,
  work: () => MaybePromise<Result>,
  ended: Ended<Result>,
): MaybePromise<Result> {
  let result;
  try {
    result = work();
  } catch (cause) {
    throw failed(span, cause);
  }
  if (result instanceof Promise) return later(span, result, ended);
  span.setAttributes(ended(result)).end();
  return result;
}

async function later<Result>(
  span: Span,
  work: Promise<Result>,
  ended: Ended<Result>,
): Promise<Result> {
  try {
    const result = await work;
    span.setAttributes(ended(result)).end();
    return result;
  } catch (cause) {
    throw failed(span, cause);
  }
}

function failed(span: Span, cause: unknown): unknown {
  span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(cause) }).end();
  return cause;
}
