/** Advice about who does not come in: by words that the reason has, or the rule; the first that fit count. */
import { DISK } from "./advice_shared.ts";

const HTTP = "Give browsers a listener of type ws, and use ws://HOST:PORT/mqtt.";

/** Logins, limits of connections, handshakes, first bytes. */
export const COMING: Readonly<Record<string, string>> = {
  "max_connections_per_address":
    "Raise max_connections_per_address of the listener, or find out why this address needs so many connections.",
  "max_conn_rate_per_address":
    "A client reconnects in a loop: read its own log; raise max_conn_rate_per_address where that many are meant.",
  "max_connections is reached":
    "Raise max_connections, of the broker or of the listener, or close what is not needed: `midge ctl clients`.",
  "max_memory is nearly reached":
    "Raise max_memory, or lower what clients may have waiting (max_queued_bytes, max_retained_bytes).",
  "by flapping":
    "The client came and went too often: repair what ends its connection first, then `midge ctl ban remove`.",
  "banned": "`midge ctl ban list` says until when and why; `midge ctl ban remove` ends it.",
  "too many failed logins":
    "Wait, and correct the password of the client that keeps trying from this network.",
  "max_client_id_length": "Give the client a shorter client id, or raise max_client_id_length.",
  "empty client id": "Give the client a client id, or let it set clean session.",
  "is not supported [": "The client speaks another version of MQTT: set it to 3.1.1 or 5.",
  "max_qos is": "Let the client use a lower QoS, or raise max_qos.",
  "retain_available": "Let the client not set RETAIN, or set retain_available: true.",
  "max_sessions is reached":
    "Raise max_sessions, or end sessions that are not needed: `midge ctl sessions`.",
  "another user's (takeover":
    "Two users use one client id: give each client its own, or set takeover: any.",
  "the storage takes nothing": DISK,
  "no source has answered in":
    "A source of decisions hangs: `midge ctl acl sources` has how long each takes and its server's state.",
  "the login took the client more than":
    "The client is slow with its part of the authentication: look at its network and its log.",
  "by no authentication method":
    "The page that this connection came by has logged in already: let it send CONNECT without an authentication method.",
  "knows the authentication method":
    "Let the client use a method that a source of this broker has, or a username and password.",
  "a certificate that names":
    "The listener takes names from certificates: give the client one that has the name, or set cert_as_username otherwise.",
  "its certificate":
    "The listener takes names from certificates: give the client a certificate with a usable name.",
  "the client has left": "The client did not wait for its answer: raise its connect time-out.",
  "it came as another user":
    "A client may prove itself anew as the same user only: let it connect anew.",
  "AUTH packets, or more than":
    "The exchange has no end: check the client's implementation of its authentication method.",
  "maximum packet size [MQTT-3.1.2-24]":
    "The client takes smaller packets than its login needs: raise the Maximum Packet Size that it asks for.",
  "re-authentication refused":
    "The client's new proof was not taken: check its credentials; the rule says what the source answered.",

  // Handshakes and first bytes.
  "this is TLS, which a socket": "Connect to the socket file without TLS.",
  "this is TLS": "Connect without TLS, or to a listener with ssl: true.",
  "this is an HTTP request": HTTP,
  "this is a WebSocket": HTTP,
  "without TLS": "The port wants TLS: use mqtts:// or wss://, or a listener without ssl.",
  "this is MQTT without WebSocket":
    "The port wants WebSocket: use ws://, or a listener of type tcp.",
  "ALPN": "Let the client offer one of the listener's protocols (alpn), or none.",
  "no client certificate": "Give the client a certificate and its key, or set verify_client: none.",
  "client certificate is refused":
    "Give the client a certificate that the listener's cafile has signed, valid today and not revoked.",
  "cannot prove its certificate":
    "The client's key is not that of its certificate: give it both of one pair.",
  "PROXY protocol":
    "The proxy and the listener disagree: turn the PROXY protocol on at both, and name the proxy in trusted_proxies.",
  "trusted_proxies":
    "Name the proxy in trusted_proxies, or let clients connect to another listener.",
  "no handshake in time":
    "What connects says nothing: a port scan, a health check, or a network that loses packets.",
  "no CONNECT in time":
    "What connects sends no CONNECT: a port scan, a health check, or a client for another protocol.",
  "handshake failed":
    "The client and the listener do not agree about TLS or WebSocket: the reason says on what.",
  "the first packet is not CONNECT":
    "What connects does not speak MQTT: check port and protocol of the client.",
};
