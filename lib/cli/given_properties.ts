/** Properties of the command line as options of the client. Pure. Invariant: what was not given is absent. */
import type { DisconnectOptions, MessageOptions, SubscribeOptions } from "../client/options.ts";
import type { ClientConfig } from "../client/config_types.ts";
import { UsageError } from "./usage_error.ts";
import type { GivenProperties } from "./property_options.ts";

/** Of PUBLISH. A topic alias is none: the client chooses its own. */
export function messageOptions(given: GivenProperties | undefined): MessageOptions {
  if (given === undefined) return {};
  return {
    payloadFormatIndicator: given.bit("payload-format-indicator"),
    messageExpiryInterval: given.number("message-expiry-interval"),
    contentType: given.text("content-type"),
    responseTopic: given.text("response-topic"),
    correlationData: given.bytes("correlation-data"),
    userProperties: given.userProperties,
  };
}

/**
 * Of DISCONNECT.
 * @throws {UsageError} where it would begin a session that CONNECT did not want to keep
 */
export function disconnectOptions(
  given: GivenProperties | undefined,
  { connectProperties }: ClientConfig,
): DisconnectOptions {
  if (given === undefined) return {};
  const sessionExpiryInterval = given.number("session-expiry-interval");
  if ((sessionExpiryInterval ?? 0) > 0 && !connectProperties.sessionExpiryInterval) {
    throw new UsageError(
      "--property disconnect session-expiry-interval needs --session-expiry-interval",
    );
  }
  return {
    sessionExpiryInterval,
    reasonString: given.text("reason-string"),
    userProperties: given.userProperties,
  };
}

/** Of SUBSCRIBE. */
export function subscribeProperties(given: GivenProperties | undefined): SubscribeOptions {
  if (given === undefined) return {};
  return {
    subscriptionIdentifier: given.number("subscription-identifier"),
    userProperties: given.userProperties,
  };
}
