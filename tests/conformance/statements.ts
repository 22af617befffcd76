/**
 * Every normative statement of MQTT 3.1.1 (OASIS Standard, 29 October 2014, Appendix B): number, who
 * is bound by it, what it asks in our words, and why it has no sequence where it has none. Joined
 * with the sequences by report.ts. Invariant: every statement has a sequence or a reason; statements_test.ts proves it.
 */

/** Whom a statement binds. `network` is the transport below both. */
export type Role = "server" | "client" | "both" | "network";

/** One normative statement. */
export interface Statement {
  /** Its number in the standard, `MQTT-3.1.0-1`. */
  id: string;
  role: Role;
  /** What it asks, in our words. */
  text: string;
  /** Why no sequence tests it. */
  untested?: string;
  /** Why no sequence tests it with Midge's client, where others test it with brokers. */
  untestedClient?: string;
}

/** One row of a table of statements. */
export type Row = [
  number: string,
  role: Role,
  text: string,
  untested?: string | undefined,
  untestedClient?: string,
];

const ROWS: Row[] = [
  // 1.5 Data representations
  [
    "1.5.3-1",
    "both",
    "Strings are well-formed UTF-8 without surrogates; else the receiver closes.",
  ],
  ["1.5.3-2", "both", "Strings hold no U+0000; else the receiver closes."],
  ["1.5.3-3", "both", "EF BB BF is the character U+FEFF wherever it stands, and is kept."],
  // 2.2, 2.3 Fixed and variable header
  ["2.2.2-1", "both", "Reserved flag bits have the value that the table of flags lists."],
  ["2.2.2-2", "both", "Whoever receives wrong flags closes the connection."],
  [
    "2.3.1-1",
    "both",
    "SUBSCRIBE, UNSUBSCRIBE and PUBLISH above QoS 0 carry a packet id other than 0.",
  ],
  ["2.3.1-2", "client", "A client gives each new such packet an id that is not in use."],
  [
    "2.3.1-3",
    "client",
    "A client sends a packet again under its first id; an acknowledged id is free again.",
  ],
  ["2.3.1-4", "server", "The rules on packet ids hold for what the server publishes above QoS 0."],
  ["2.3.1-5", "both", "A PUBLISH at QoS 0 has no packet id."],
  ["2.3.1-6", "both", "PUBACK, PUBREC and PUBREL repeat the packet id of the PUBLISH."],
  ["2.3.1-7", "server", "SUBACK and UNSUBACK repeat the packet id of the request."],
  // 3.1 CONNECT
  ["3.1.0-1", "client", "The first packet of a client is CONNECT."],
  ["3.1.0-2", "server", "A second CONNECT is a protocol violation and ends the connection."],
  ["3.1.2-1", "server", "A CONNECT with another protocol name is not processed as MQTT 3.1.1."],
  ["3.1.2-2", "server", "An unknown protocol level is answered with CONNACK 1, then closed."],
  ["3.1.2-3", "server", "A CONNECT whose reserved flag is set ends the connection."],
  [
    "3.1.2-4",
    "both",
    "Clean session 0 resumes the stored session or makes one, which is kept afterwards.",
  ],
  [
    "3.1.2-5",
    "server",
    "A kept session stores QoS 1 and 2 messages that match while its client is away.",
  ],
  ["3.1.2-6", "both", "Clean session 1 discards what was stored, and nothing of it is used again."],
  ["3.1.2-7", "server", "Retained messages outlive the session of their publisher."],
  [
    "3.1.2-8",
    "server",
    "A will is kept with the connection and published when it ends without DISCONNECT.",
  ],
  ["3.1.2-9", "both", "With the will flag, will topic and will message are in the payload."],
  ["3.1.2-10", "server", "A will is forgotten once published or once DISCONNECT arrived."],
  [
    "3.1.2-11",
    "client",
    "Without the will flag, will QoS and retain are 0 and no will fields are sent.",
  ],
  ["3.1.2-12", "server", "Without the will flag no will is published."],
  ["3.1.2-13", "client", "Without the will flag the will QoS is 0."],
  ["3.1.2-14", "client", "The will QoS is never 3."],
  ["3.1.2-15", "client", "Without the will flag will retain is 0."],
  ["3.1.2-16", "server", "A will without will retain is published as an ordinary message."],
  ["3.1.2-17", "server", "A will with will retain is published as a retained message."],
  ["3.1.2-18", "client", "Without the user name flag there is no user name in the payload."],
  ["3.1.2-19", "client", "With the user name flag there is a user name in the payload."],
  ["3.1.2-20", "client", "Without the password flag there is no password in the payload."],
  ["3.1.2-21", "client", "With the password flag there is a password in the payload."],
  ["3.1.2-22", "client", "No password flag without the user name flag."],
  [
    "3.1.2-23",
    "client",
    "A client never stays silent for longer than keep alive; it sends PINGREQ.",
  ],
  ["3.1.2-24", "server", "A client silent for one and a half times keep alive is disconnected."],
  [
    "3.1.3-1",
    "client",
    "Payload fields come in the order id, will topic, will message, user name, password.",
  ],
  ["3.1.3-2", "both", "The client id is what identifies the state held for a client."],
  ["3.1.3-3", "client", "A client id is present, as the first field of the payload."],
  ["3.1.3-4", "client", "The client id is a UTF-8 string."],
  ["3.1.3-5", "server", "Client ids of 1 to 23 letters and digits are allowed."],
  ["3.1.3-6", "server", "An empty client id, where allowed, is replaced by a unique one."],
  ["3.1.3-7", "client", "An empty client id comes with clean session 1."],
  ["3.1.3-8", "server", "An empty client id with clean session 0 gets CONNACK 2, then the end."],
  ["3.1.3-9", "server", "A refused client id gets CONNACK 2, then the end."],
  ["3.1.3-10", "client", "The will topic is a UTF-8 string."],
  ["3.1.3-11", "client", "The user name is a UTF-8 string."],
  ["3.1.4-1", "server", "A CONNECT that breaks section 3.1 is closed without CONNACK."],
  ["3.1.4-2", "server", "A client that connects again under its id ends its older connection."],
  ["3.1.4-3", "server", "An accepted CONNECT is processed by its clean session flag."],
  ["3.1.4-4", "server", "An accepted CONNECT is answered with CONNACK 0."],
  ["3.1.4-5", "server", "Nothing that follows a rejected CONNECT is processed."],
  // 3.2 CONNACK
  ["3.2.0-1", "server", "The first packet that the server sends is CONNACK."],
  [
    "3.2.0-2",
    "server",
    "One CONNACK a connection (a number of MQTT 5; 3.1.1 says it by MQTT-3.1.0-2).",
  ],
  ["3.2.2-1", "server", "Clean session 1 is accepted with session present 0."],
  [
    "3.2.2-2",
    "server",
    "Clean session 0 with a stored session is accepted with session present 1.",
  ],
  [
    "3.2.2-3",
    "server",
    "Clean session 0 without a stored session is accepted with session present 0.",
  ],
  ["3.2.2-4", "server", "A refusing CONNACK has session present 0."],
  ["3.2.2-5", "server", "A refusing CONNACK is followed by the end of the connection."],
  [
    "3.2.2-6",
    "server",
    "Where no return code fits, the connection is closed without CONNACK.",
    "no situation a client can bring about is left without a fitting return code",
  ],
  // 3.3 PUBLISH
  ["3.3.1-1", "both", "DUP is 1 on every attempt to deliver a PUBLISH again."],
  ["3.3.1-2", "both", "DUP is 0 at QoS 0."],
  ["3.3.1-3", "server", "DUP of an incoming PUBLISH is not passed on."],
  ["3.3.1-4", "both", "A PUBLISH at QoS 3 ends the connection."],
  ["3.3.1-5", "server", "A PUBLISH with RETAIN is stored with its QoS for later subscribers."],
  [
    "3.3.1-6",
    "server",
    "A new subscription is sent the last retained message of every matching topic.",
  ],
  ["3.3.1-7", "server", "A retained QoS 0 message replaces the one that was stored."],
  ["3.3.1-8", "server", "RETAIN is 1 on what is sent because of a new subscription."],
  ["3.3.1-9", "server", "RETAIN is 0 on what is sent to an established subscription."],
  ["3.3.1-10", "server", "An empty retained message is delivered, and removes the stored one."],
  ["3.3.1-11", "server", "An empty retained message is not stored."],
  ["3.3.1-12", "server", "A PUBLISH without RETAIN leaves the stored message alone."],
  ["3.3.2-1", "both", "A PUBLISH begins with its topic name, a UTF-8 string."],
  ["3.3.2-2", "both", "A topic name holds no wildcards."],
  ["3.3.2-3", "server", "The topic name that a subscriber gets matches its filter."],
  ["3.3.4-1", "both", "A PUBLISH is answered as its QoS demands."],
  [
    "3.3.5-1",
    "server",
    "With overlapping subscriptions a message comes at the highest QoS of those that match.",
  ],
  [
    "3.3.5-2",
    "server",
    "A forbidden PUBLISH is acknowledged as usual, or the connection is closed.",
  ],
  // 3.6 to 3.14
  ["3.6.1-1", "both", "PUBREL has the flags 0010; else the server closes."],
  ["3.8.1-1", "both", "SUBSCRIBE has the flags 0010; else the server closes."],
  ["3.8.3-1", "both", "Topic filters of SUBSCRIBE are UTF-8 strings."],
  [
    "3.8.3-2",
    "server",
    "A server without wildcards refuses filters that hold them.",
    "binds servers that do not support wildcards; that they work is tested under MQTT-4.7.1-2 and MQTT-4.7.1-3",
  ],
  ["3.8.3-3", "both", "A SUBSCRIBE has at least one filter with its QoS."],
  ["3.8.3-4", "server", "A SUBSCRIBE with reserved bits set or QoS 3 ends the connection."],
  ["3.8.4-1", "server", "SUBSCRIBE is answered with SUBACK."],
  ["3.8.4-2", "server", "SUBACK has the packet id of its SUBSCRIBE."],
  [
    "3.8.4-3",
    "server",
    "The same filter again replaces the subscription; retained messages are sent again.",
  ],
  [
    "3.8.4-4",
    "server",
    "Several filters in one SUBSCRIBE act like several SUBSCRIBEs with one SUBACK.",
  ],
  ["3.8.4-5", "server", "SUBACK has a granted QoS or a failure for each filter."],
  ["3.8.4-6", "server", "Messages come at the lower of published QoS and granted QoS."],
  ["3.9.3-1", "server", "The return codes are in the order of the filters."],
  ["3.9.3-2", "server", "SUBACK uses no return code but 0, 1, 2 and 0x80."],
  ["3.10.1-1", "both", "UNSUBSCRIBE has the flags 0010; else the server closes."],
  ["3.10.3-1", "both", "Topic filters of UNSUBSCRIBE are UTF-8 strings."],
  ["3.10.3-2", "both", "An UNSUBSCRIBE has at least one filter."],
  [
    "3.10.4-1",
    "server",
    "Filters to unsubscribe are compared byte for byte; what is not there is ignored.",
  ],
  ["3.10.4-2", "server", "After UNSUBSCRIBE no new messages are added for delivery."],
  ["3.10.4-3", "server", "Deliveries above QoS 0 that have begun are completed after UNSUBSCRIBE."],
  ["3.10.4-4", "server", "UNSUBSCRIBE is answered with UNSUBACK under its packet id."],
  ["3.10.4-5", "server", "UNSUBACK comes also where nothing was unsubscribed."],
  ["3.10.4-6", "server", "Several filters in one UNSUBSCRIBE act like several with one UNSUBACK."],
  ["3.12.4-1", "server", "PINGREQ is answered with PINGRESP."],
  ["3.14.1-1", "server", "A DISCONNECT with reserved bits set ends the connection as an error."],
  ["3.14.4-1", "client", "After DISCONNECT a client closes the connection."],
  ["3.14.4-2", "client", "After DISCONNECT a client sends nothing more."],
  ["3.14.4-3", "server", "DISCONNECT discards the will."],
  // 4 Operational behaviour
  ["4.1.0-1", "both", "Session state is kept for as long as the session lasts."],
  ["4.1.0-2", "both", "A session lasts at least as long as its connection."],
  [
    "4.2.0-1",
    "network",
    "The transport is an ordered, lossless stream of bytes in both directions.",
  ],
  ["4.3.1-1", "both", "At QoS 0 the sender sends PUBLISH with QoS 0 and DUP 0."],
  ["4.3.2-1", "both", "At QoS 1 the sender uses a free id, DUP 0, and waits for PUBACK."],
  ["4.3.2-2", "both", "At QoS 1 the receiver answers PUBACK; the id then means a new message."],
  [
    "4.3.3-1",
    "both",
    "At QoS 2 the sender uses a free id, DUP 0, answers PUBREC with PUBREL, never PUBLISHes again.",
  ],
  [
    "4.3.3-2",
    "both",
    "At QoS 2 the receiver answers PUBREC, passes on once until PUBREL, answers PUBCOMP.",
  ],
  [
    "4.4.0-1",
    "both",
    "On reconnection unacknowledged PUBLISH and PUBREL are sent again under their ids.",
  ],
  [
    "4.5.0-1",
    "server",
    "A message is added to the session of every client with a matching subscription.",
  ],
  ["4.5.0-2", "client", "A client acknowledges every PUBLISH it receives."],
  [
    "4.6.0-1",
    "client",
    "PUBLISH packets are sent again in the order in which they were first sent.",
  ],
  ["4.6.0-2", "client", "PUBACKs are sent in the order of their PUBLISHes."],
  ["4.6.0-3", "client", "PUBRECs are sent in the order of their PUBLISHes."],
  ["4.6.0-4", "client", "PUBRELs are sent in the order of their PUBRECs."],
  ["4.6.0-5", "server", "Every topic is ordered unless it was administered otherwise."],
  [
    "4.6.0-6",
    "server",
    "The rules of order hold for the server, and messages keep the order of each publisher.",
  ],
  ["4.7.1-1", "both", "Wildcards are for filters, not for topic names."],
  ["4.7.1-2", "both", "# stands alone or behind a separator, and last."],
  ["4.7.1-3", "both", "+ fills a whole level."],
  [
    "4.7.2-1",
    "server",
    "A filter that begins with a wildcard matches no topic that begins with $.",
  ],
  ["4.7.3-1", "both", "Topic names and filters have at least one character."],
  ["4.7.3-2", "both", "Topic names and filters hold no U+0000."],
  ["4.7.3-3", "both", "Topic names and filters have at most 65,535 bytes."],
  ["4.7.3-4", "server", "Topics are compared as they are: nothing is normalised or replaced."],
  ["4.8.0-1", "both", "A protocol violation ends the connection it came on."],
  [
    "4.8.0-2",
    "both",
    "A transient error while processing a packet ends the connection it came on.",
    "a transient error (memory, a full store) cannot be brought about from outside",
  ],
  // 6 WebSocket
  ["6.0.0-1", "both", "Packets travel in binary frames; any other frame ends the connection."],
  ["6.0.0-2", "both", "A frame holds any part of a packet or several packets."],
  ["6.0.0-3", "client", "The client offers the subprotocol mqtt."],
  ["6.0.0-4", "server", "The server selects the subprotocol mqtt."],
  // 7 Conformance
  [
    "7.0.0-1",
    "server",
    "A server that also connects to other servers conforms as a client too.",
    "Midge connects to no other server",
  ],
  ["7.0.0-2", "both", "Nothing outside the standard is needed to work together."],
  ["7.1.1-1", "server", "A server offers a transport that is an ordered, lossless stream."],
  ["7.1.2-1", "client", "A client uses a transport that is an ordered, lossless stream."],
];

/** The statements that rows stand for. */
export function statementsOf(rows: readonly Row[]): readonly Statement[] {
  return rows.map(([number, role, text, untested, untestedClient]) => ({
    id: `MQTT-${number}`,
    role,
    text,
    ...(untested === undefined ? {} : { untested }),
    ...(untestedClient === undefined ? {} : { untestedClient }),
  }));
}

/** All statements, in the order of the standard. */
export const STATEMENTS: readonly Statement[] = statementsOf(ROWS);
