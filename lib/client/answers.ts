/** What SUBACK and UNSUBACK mean for a caller. Pure. Invariant: what was refused is named, with the code of each. */
import type { ReasonCode } from "../wire/codes.ts";
import { type QoS, SUBSCRIBE_FAILURE, type SubscriptionRequest } from "../wire/packets.ts";
import { ClientError, type ClientErrorCode, saidBy } from "./errors.ts";
import type { Answer } from "./requests.ts";

/**
 * The granted QoS of each.
 * @throws ClientError `subscribe-refused`
 */
export function grantedOf(requests: readonly SubscriptionRequest[], answer: Answer): QoS[] {
  const filters = requests.map(({ topicFilter }) => topicFilter);
  check(filters, answer, "subscribe-refused", "the broker refused to subscribe to");
  return answer.codes as QoS[];
}

/**
 * The reason code of each: 0, or 0x11 where there was no such subscription; none before MQTT 5.
 * @throws ClientError `unsubscribe-refused`
 */
export function givenBackOf(filters: readonly string[], answer: Answer): ReasonCode[] {
  check(filters, answer, "unsubscribe-refused", "the broker refused to unsubscribe from");
  return answer.codes as ReasonCode[];
}

function check(
  filters: readonly string[],
  { codes, properties }: Answer,
  code: ClientErrorCode,
  words: string,
): void {
  const isRefused = (_: unknown, index: number) => (codes[index] ?? 0) >= SUBSCRIBE_FAILURE;
  const topicFilters = filters.filter(isRefused);
  if (topicFilters.length === 0) return;
  const reasonCodes = codes.filter((one) => one >= SUBSCRIBE_FAILURE) as ReasonCode[];
  const [reasonCode = 0x80] = reasonCodes;
  const isPlain = reasonCode === 0x80 && properties === undefined;
  const why = isPlain ? "" : `: ${saidBy(reasonCode, properties)}`;
  const message = `${words} ${topicFilters.join(", ")}${why}`;
  throw new ClientError(code, message, { topicFilters, reasonCode, reasonCodes, properties });
}
