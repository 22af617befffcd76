/**
 * Who knocks at the wrong port: protocols by their first bytes, and what people should do. Pure. Invariant: a guess
 * never lets anyone in; it is for a log line, and for the answer to a person with a browser.
 */

/** What the first bytes look like. */
export type Knock = "tls" | "http" | "websocket" | "mqtt";

/** How a listener is spoken to, as ListenerConfig has it. */
type Transport = "tcp" | "tls" | "ws" | "wss" | "unix";

/** Bytes of a head that are looked at: a browser's `Upgrade` header stands within them. */
const HEAD = 4096;
const LONGEST_METHOD = 8;
/** HTTP/2 begins with a request of its own (RFC 9113 section 3.4). */
const METHODS = [
  "GET ",
  "HEAD ",
  "POST ",
  "PUT ",
  "DELETE ",
  "OPTIONS ",
  "PATCH ",
  "TRACE ",
  "CONNECT ",
  "PRI ",
];
/** The names of MQTT 3.1.1 and 5, and of 3.1, as CONNECT has them. */
const MQTT_NAMES = ["\0\x04MQTT", "\0\x06MQIsdp"];
const UPGRADE = /\r\nupgrade:[ \t]*websocket[ \t]*\r\n/i;

const CONNECT = 0x10;
const TLS_HANDSHAKE = 0x16;

/** What these are the first bytes of; undefined: nothing that is known, or too few to say. */
export function knockOf(bytes: Uint8Array): Knock | undefined {
  if (isTls(bytes)) return "tls";
  if (isConnect(bytes)) return "mqtt";
  const start = latin1(bytes.subarray(0, LONGEST_METHOD));
  if (!METHODS.some((method) => start.startsWith(method))) return undefined;
  return UPGRADE.test(latin1(bytes.subarray(0, HEAD))) ? "websocket" : "http";
}

/**
 * The sentence of the log line about bytes at a listener of this transport; undefined: they are what belongs there.
 * Behind TLS the transport is that of what TLS carries: `tcp` of a `tls` listener, `ws` of a `wss` one.
 */
export function adviceFor(knock: Knock | undefined, transport: Transport): string | undefined {
  const isWeb = transport === "ws" || transport === "wss";
  const isTls = transport === "tls" || transport === "wss";
  if (knock === "tls") return isTls ? undefined : tlsAdvice(transport);
  if (knock === "mqtt") return mqttAdvice(isWeb, isTls);
  if (knock === undefined || (isWeb && !isTls)) return undefined;
  if (isTls) return `this is ${WITHOUT_TLS[knock]}, and the port speaks TLS: use https or wss`;
  return knock === "websocket"
    ? "this is a WebSocket: use a listener of type ws"
    : "this is an HTTP request, and the port speaks MQTT: use a listener of type ws for browsers";
}

const WITHOUT_TLS = { http: "HTTP without TLS", websocket: "a WebSocket without TLS" };

function tlsAdvice(transport: Transport): string {
  return transport === "unix"
    ? "this is TLS, which a socket file has no use for: connect without it"
    : "this is TLS: use a listener with ssl: true";
}

function mqttAdvice(isWeb: boolean, isTls: boolean): string | undefined {
  if (isTls) {
    return `this is MQTT without TLS: use a listener without ssl, or a client that speaks ${
      isWeb ? "wss" : "TLS"
    }`;
  }
  return isWeb ? "this is MQTT without WebSocket: use a listener of type tcp" : undefined;
}

/** What an HTTP client gets from a port that speaks MQTT: status 400 and a sentence. */
export const NO_HTTP_HERE: Uint8Array = badRequest(
  "This is an MQTT port: it does not speak HTTP.",
);

/** What an HTTP client without TLS gets from a port that speaks HTTPS. */
export function useHttps(): Uint8Array {
  return badRequest("This port speaks HTTPS: use https://");
}

function badRequest(sentence: string): Uint8Array {
  return new TextEncoder().encode(
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n" +
      `Content-Length: ${sentence.length + 1}\r\nConnection: close\r\n\r\n${sentence}\n`,
  );
}

/** What a stranger is answered with; undefined: nothing that it would understand. */
export function answerTo(knock: Knock | undefined): Uint8Array | undefined {
  return knock === "http" || knock === "websocket" ? NO_HTTP_HERE : undefined;
}

/** A record of the handshake, of any version of TLS (and of SSL 3). */
function isTls(bytes: Uint8Array): boolean {
  return bytes.length >= 3 && bytes[0] === TLS_HANDSHAKE && bytes[1] === 3 && bytes[2]! <= 4;
}

/** Its fixed header, and of the protocol's name what is here. */
function isConnect(bytes: Uint8Array): boolean {
  if (bytes.length < 3 || bytes[0] !== CONNECT) return false;
  let at = 1;
  while (at < 4 && bytes[at]! >= 0x80) at++;
  const name = latin1(bytes.subarray(at + 1, at + 7));
  return MQTT_NAMES.some((one) => one.startsWith(name) || name.startsWith(one));
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
