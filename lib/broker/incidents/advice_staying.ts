/** Advice about who is in: by words that the reason has; the first that fit count. */
import { DENIED, DISK, STANDARD } from "./advice_shared.ts";

const SLOW = "The client reads slower than messages come for it: let it subscribe to less, use a " +
  "faster network, or raise max_write_backlog.";

/** Ends of connections, messages, subscriptions. */
export const STAYING: Readonly<Record<string, string>> = {
  "session taken over":
    "Two clients use this client id, or one that was away came back: give each client its own id.",
  "keep-alive time-out":
    "Nothing came for one and a half keep-alive intervals: look at the client's network, its sleep, or raise its keep-alive.",
  "takes no bytes": "The client reads nothing any more: look whether its program hangs.",
  "the login that it came by has ended":
    "Nothing where someone logged out of the dashboard; else log in again.",
  "user removed": "An administrator has removed its user; `midge ctl user add` makes it again.",
  "kicked": "An administrator has closed the connection; the log says who.",
  "the broker stops": "Nothing: the client connects again when the broker runs.",
  "disconnected by the client": "Nothing: the client has said goodbye; its own log says why.",
  "connection closed by the peer":
    "The client, or something on the way, closed the connection without DISCONNECT: read its own log.",
  "connection reset by the peer":
    "The client's program ended, or something on the way cut the connection: read its own log.",
  "WebSocket cut off":
    "The client, or a proxy on the way, cut the connection: look at the proxy's time-outs.",
  "closed": "Nothing: the connection was done.",

  // What becomes of messages.
  "queue full":
    "The client is away or slow for long: let it come back, or raise max_queued_messages and max_queued_bytes.",
  "slow client": SLOW,
  "retained full":
    "Raise max_retained and max_retained_bytes, or delete retained messages: `midge ctl retained`.",
  "memory short": "The broker is near max_memory: raise it, or let clients keep less.",
  "storage full": DISK,
  "receive denied": DENIED.receive,
  "right lost": "Rules have changed and deny the subscription that these messages waited for.",
  "rules deny it now":
    "Rules have changed since the client subscribed: if it should be allowed, add a rule to the source that is named.",
  "expired":
    "The message waited longer than its publisher allowed (Message Expiry Interval): raise it where that is too short.",
  "too large for the client":
    "The client asked for a smaller Maximum Packet Size: raise it there, or publish less in one message.",
  "too large": "Raise max_packet_size, or publish less in one message.",
  "payload format":
    "The publisher says that the payload is text, and it is no UTF-8: correct it there, or set check_payload_format: false.",
  "session ended":
    "The session ended with messages waiting: raise the client's session expiry where they should be kept.",
  "$ topic":
    "Topics that begin with $ are the broker's: use another name, or open it with allow_dollar_topics.",
  "topics that begin with $":
    "Topics that begin with $ are the broker's: use another name, or open it with allow_dollar_topics.",

  // What a client may have.
  "max_subscriptions": "Let the client subscribe with wildcards, or raise max_subscriptions.",
  "max_subscription_bytes": "Let the client use shorter filters, or raise max_subscription_bytes.",
  "max_topic_length": "Use a shorter topic, or raise max_topic_length.",
  "levels": "Use a topic with fewer levels, or raise max_topic_levels.",
  "max_memory is reached": "Raise max_memory, or let clients keep less.",
  "storage is reached": DISK,
  "subscription_identifiers":
    "Let the client use no subscription identifiers, or set subscription_identifiers: true.",
  "shared_subscriptions":
    "Let the client use no $share filters, or set shared_subscriptions: true.",
  "wildcard_subscriptions":
    "Let the client use filters without + and #, or set wildcard_subscriptions: true.",
  "shared subscription":
    "A shared subscription is written $share/GROUP/FILTER: correct it in the client.",
  "receive_maximum":
    "The client sends more QoS 2 messages than it was told to: update its library, or raise receive_maximum.",
  "topic_alias_maximum":
    "The client uses more topic aliases than it was told to: update its library, or raise topic_alias_maximum.",
  "topic alias": STANDARD,
  "topic names with an alias": "Let the client use shorter topics with aliases, or fewer of them.",
  "filters has":
    "Let the client subscribe to fewer filters in one packet, or raise its Maximum Packet Size.",
  "not authorized to":
    "acl_deny_action: disconnect closes who does what it may not; the denial before has the rule.",
};
