/**
 * Connections that begin with something else than CONNECT: what the log says of them, and what a person with a browser
 * gets to read. Invariant: they are told, never served; an answer costs a second and some KiB at most.
 */
import { adviceFor, type Knock, knockOf, NO_HTTP_HERE } from "../../net/listen/knock.ts";
import { writeAll } from "../../io.ts";
import { withDeadline } from "../../wait.ts";
import { isPeerFault, ProtocolError } from "../../wire/errors.ts";
import type { Client } from "../client.ts";

/** How long a client of HTTP may take to read its answer and to go, milliseconds. */
const ANSWER_MS = 1000;
/** What is read of the rest of its request: without that the answer could get lost. */
const SWALLOWED = 64 * 1024;

/** Transports whose bytes are MQTT's, as they are without TLS; WebSocket has frames, which tell strangers itself. */
const CARRIERS: ReadonlyMap<string, "tcp" | "unix"> = new Map([
  ["tcp", "tcp"],
  ["tls", "tcp"],
  ["unix", "unix"],
]);

/** What to do instead, where the first bytes tell; undefined: they do not. */
export function adviceOf(client: Client): string | undefined {
  return adviceAbout(client, knockOf(client.connection.inbound.opening));
}

/** Answers what can be answered; resolves to the reason of the close. */
export async function answerStranger(client: Client, fault: unknown): Promise<unknown> {
  const knock = knockOf(client.connection.inbound.opening);
  const advice = adviceAbout(client, knock);
  if (advice === undefined || !isPeerFault(fault)) return fault;
  if (knock === "http" || knock === "websocket") await answer(client);
  return new ProtocolError(advice, "MQTT-3.1.0-1");
}

function adviceAbout({ door: { type } }: Client, knock: Knock | undefined): string | undefined {
  const carrier = CARRIERS.get(type);
  if (carrier === undefined || (knock === "tls" && type === "tls")) return undefined;
  return adviceFor(knock, carrier);
}

/** Nothing else is written before CONNACK. A close with bytes unread would take the answer back. */
async function answer({ connection: { stream } }: Client): Promise<void> {
  const buffer = new Uint8Array(4096);
  const said = writeAll(stream, NO_HTTP_HERE).then(async () => {
    await stream.closeWrite?.();
    let swallowed = 0;
    while (swallowed < SWALLOWED) {
      const count = await stream.read(buffer);
      if (count === null) return;
      swallowed += count;
    }
  }).catch(() => {}); // it has gone, or the broker stops
  await withDeadline(said, ANSWER_MS);
}
