/**
 * Logs every packet at debug: direction, client, type, fields, reason codes, properties, the first 64 bytes of a payload.
 * Invariant: a CONNECT's password, its will's payload and authentication data are never logged, at no level; where debug
 * is off no packet is looked at.
 */
import {
  type ConnectPacket,
  definePlugin,
  type Logger,
  type Packet,
  type PacketEvent,
  type Properties,
  type UserProperty,
  type Will,
} from "../plugin.ts";

/** How much of a payload is shown. */
const SHOWN_BYTES = 64;
/** How many characters of all user properties together. */
const SHOWN_CHARACTERS = 1024;

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
  const { type: _type, properties, ...fields } = { properties: undefined, ...packet };
  const shown = { ...fields, ...showProperties(properties) };
  return packet.type === "publish" ? { ...shown, payload: showPayload(packet.payload) } : shown;
}

function connectFields(packet: ConnectPacket): Record<string, unknown> {
  const { type: _type, will, password, properties, ...fields } = packet;
  return {
    ...fields,
    ...(password && { password: HIDDEN }),
    ...(will && { will: willFields(will) }),
    ...showProperties(properties),
  };
}

function willFields({ properties, ...will }: Will): Record<string, unknown> {
  return { ...will, payload: HIDDEN, ...showProperties(properties) };
}

/** A field of a packet of MQTT 5; none where it has no properties. */
function showProperties(properties: Properties | undefined): Record<string, unknown> {
  if (properties === undefined) return {};
  const { authenticationData, correlationData, userProperties, ...others } = properties;
  const shown = {
    ...others,
    ...(authenticationData && { authenticationData: HIDDEN }),
    ...(correlationData && { correlationData: showPayload(correlationData) }),
    ...(userProperties && { userProperties: showPairs(userProperties) }),
  };
  return { properties: shown };
}

/** In order; how many are left out stands at the end. */
function showPairs(pairs: readonly UserProperty[]): (UserProperty | string)[] {
  let characters = 0;
  const end = pairs.findIndex(([name, value]) => {
    characters += name.length + value.length + 1;
    return characters > SHOWN_CHARACTERS;
  });
  return end < 0 ? [...pairs] : [...pairs.slice(0, end), `... (${pairs.length} in all)`];
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
