/**
 * Logs every packet at debug: direction, client, type, fields, the first 64 bytes of a payload.
 * Invariant: a CONNECT's password and its will's payload are never logged, at no level; where debug is
 * off no packet is looked at.
 */
import {
  type ConnectPacket,
  definePlugin,
  type Logger,
  type Packet,
  type PacketEvent,
} from "../plugin.ts";

/** How much of a payload is shown. */
const SHOWN_BYTES = 64;

const HIDDEN = "(hidden)";

export default definePlugin<unknown>({
  name: "packet_logger",
  apiVersion: 1,
  setup: (_options, { logger }) => ({
    packetReceived: (event) => log(logger, "received", event),
    packetSent: (event) => log(logger, "sent", event),
    observes: () => logger.isEnabledFor("debug"),
  }),
});

function log(logger: Logger, direction: string, { clientId, packet }: PacketEvent): void {
  const client = clientId === undefined ? {} : { client: clientId };
  logger.debug(`${direction} ${packet.type}`, { ...client, ...fieldsOf(packet) });
}

function fieldsOf(packet: Packet): Record<string, unknown> {
  if (packet.type === "connect") return connectFields(packet);
  const { type: _type, ...fields } = packet;
  if (packet.type !== "publish") return fields;
  return { ...fields, payload: showPayload(packet.payload) };
}

function connectFields(packet: ConnectPacket): Record<string, unknown> {
  const { type: _type, will, password, ...fields } = packet;
  return {
    ...fields,
    ...(password && { password: HIDDEN }),
    ...(will && { will: { ...will, payload: HIDDEN } }),
  };
}

/** Text where it is UTF-8 (a cut may end inside a character), otherwise hexadecimal; and the length. */
function showPayload(payload: Uint8Array): string {
  const shown = payload.subarray(0, SHOWN_BYTES);
  const cut = shown.length < payload.length;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(shown, {
      stream: cut,
    });
  } catch {
    text = Array.from(shown, (byte) => byte.toString(16).padStart(2, "0")).join(""); // no text
  }
  return cut ? `${text}... (${payload.length} bytes)` : text;
}
