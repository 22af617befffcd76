/** The subscriptions of one session. Invariant: `bytes` is the sum of its filters' UTF-8. */
import { byteLength } from "../wire/utf8.ts";
import type { SubscriptionOptions } from "./subscription.ts";

/** Topic filters as subscribed to granted options. */
export class Filters extends Map<string, SubscriptionOptions> {
  bytes = 0;

  override set(topicFilter: string, options: SubscriptionOptions): this {
    if (!this.has(topicFilter)) this.bytes += byteLength(topicFilter);
    return super.set(topicFilter, options);
  }

  override delete(topicFilter: string): boolean {
    if (!super.delete(topicFilter)) return false;
    this.bytes -= byteLength(topicFilter);
    return true;
  }
}
