/**
 * What makes an HTTP request the opening handshake of an MQTT WebSocket (RFC 6455, section 4.2; MQTT 3.1.1, section 6).
 * Invariant: pure; every refusal says in one sentence what was expected.
 */
import { normalizedOrigin } from "../../origin.ts";
import { shown } from "../../shown.ts";
import type { RequestHead } from "./http_head.ts";
import { HttpRefusal } from "./http_refusal.ts";

/** [MQTT-6.0.0-3], and its name before. */
const SUBPROTOCOLS = ["mqtt", "mqttv3.1"];
const VERSION = "13";
/** 16 bytes in Base64. */
const KEY = /^[A-Za-z0-9+/]{22}==$/;
const TARGET = /^(?:(?:https?|wss?):\/\/[^/?]+)?(\/[^?]*)?(?:\?.*)?$/i;
/** What must be there once at most, for two of them would be two requests. */
const SINGLE = ["host", "origin", "sec-websocket-key", "sec-websocket-version", "content-length"];
const WHAT_THIS_IS = "this port is for MQTT over WebSocket";

/** What a listener asks of its clients. */
export interface WebSocketRules {
  /** Without a query; undefined: any. */
  readonly path: string | undefined;
  /** As normalizedOrigin gives them; undefined: any. */
  readonly origins: ReadonlySet<string> | undefined;
}

/** A request that may be answered. */
export interface Upgrade {
  readonly key: string;
  /** The one to be spoken; undefined: none was offered. */
  readonly subprotocol: string | undefined;
}

/** Judges a request; throws HttpRefusal. */
export function judgeUpgrade(head: RequestHead, rules: WebSocketRules): Upgrade {
  if (head.method !== "GET") {
    throw new HttpRefusal(405, `${WHAT_THIS_IS}: a WebSocket begins with GET`, "Allow: GET");
  }
  if (head.version !== "1.1") throw refused("a WebSocket begins with HTTP/1.1");
  for (const name of SINGLE) {
    if (valuesOf(head, name).length > 1) throw refused(`the request has two headers ${name}`);
  }
  if (!valuesOf(head, "host")[0]) throw refused("the request has no Host");
  if (
    head.headers.has("transfer-encoding") || Number(valuesOf(head, "content-length")[0] ?? 0) !== 0
  ) {
    throw refused("a WebSocket begins with a request without a body");
  }
  checkPath(head, rules.path);
  checkUpgrade(head);
  checkOrigin(head, rules.origins);
  const key = valuesOf(head, "sec-websocket-key")[0];
  if (key === undefined || !KEY.test(key)) {
    throw refused("Sec-WebSocket-Key must be 16 bytes in Base64");
  }
  return { key, subprotocol: subprotocolOf(head) };
}

function checkPath({ target }: RequestHead, expected: string | undefined): void {
  const match = TARGET.exec(target);
  if (match === null) throw refused("the request asks for no path");
  const path = match[1] ?? "/";
  if (expected === undefined || path === expected) return;
  throw new HttpRefusal(404, `there is no MQTT at the path ${shown(path)}`);
}

function checkUpgrade(head: RequestHead): void {
  const isUpgrade = tokensOf(head, "upgrade").includes("websocket");
  if (!isUpgrade || !tokensOf(head, "connection").includes("upgrade")) {
    throw new HttpRefusal(
      426,
      `${WHAT_THIS_IS}: a client connects with ws:// or wss://, and a proxy in between must pass ` +
        "the headers Upgrade and Connection on",
      "Upgrade: websocket",
    );
  }
  if (valuesOf(head, "sec-websocket-version")[0] === VERSION) return;
  throw new HttpRefusal(
    426,
    `${WHAT_THIS_IS} version ${VERSION}`,
    "Upgrade: websocket",
    `Sec-WebSocket-Version: ${VERSION}`,
  );
}

/** Browsers say on whose pages they are; who is none says nothing, and could say anything. */
function checkOrigin(head: RequestHead, allowed: ReadonlySet<string> | undefined): void {
  const origin = valuesOf(head, "origin")[0];
  if (allowed === undefined || origin === undefined) return;
  if (allowed.has(normalizedOrigin(origin) ?? "")) return;
  throw new HttpRefusal(403, `pages of ${shown(origin)} may not connect here`);
}

/** The first of the client's that we know. */
function subprotocolOf(head: RequestHead): string | undefined {
  const values = valuesOf(head, "sec-websocket-protocol");
  if (values.length === 0) return undefined;
  const offered = listOf(values);
  const known = SUBPROTOCOLS.find((one) =>
    one === offered.find((name) => SUBPROTOCOLS.includes(name))
  );
  if (known !== undefined) return known;
  throw refused(
    `the client offers the WebSocket subprotocols ${
      shown(offered.join(", "))
    }, expected mqtt [MQTT-6.0.0-3]`,
  );
}

function refused(sentence: string): HttpRefusal {
  return new HttpRefusal(400, sentence);
}

function valuesOf({ headers }: RequestHead, name: string): readonly string[] {
  return headers.get(name) ?? [];
}

/** The words of a list, in lower case. */
function tokensOf(head: RequestHead, name: string): string[] {
  return listOf(valuesOf(head, name)).map((token) => token.toLowerCase());
}

function listOf(values: readonly string[]): string[] {
  return values.join(",").split(",").map((token) => token.trim()).filter((token) => token !== "");
}
