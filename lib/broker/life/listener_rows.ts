/** What people are told of a listener: its line at the start, its row of `midge ctl listeners`. Pure. */
import type { ListenerConfig } from "../../config/types.ts";
import type { RowOf } from "../../manage/commands.ts";
import type { Listener } from "../../net/listen/listener.ts";
import { shown } from "../../shown.ts";
import type { Door } from "../connections.ts";
import { daysLeft } from "./expiry.ts";

/** A row of `midge ctl listeners`. */
export type ListenerRow = RowOf<"listeners">;

/** @param now milliseconds since 1970 */
export function rowOf(
  { name, type, connections }: Door,
  { address, port, certificates = [] }: Listener,
  config: ListenerConfig,
  now: number,
): ListenerRow {
  return {
    name,
    transport: type,
    address,
    port,
    connections,
    maxConnections: Number.isFinite(config.maxConnections) ? config.maxConnections : null,
    asks: asksOf(config),
    certificates: certificates.map(({ file, names, title, notAfter }) => ({
      file,
      names: names.length > 0 ? [...names] : [title],
      expires: new Date(notAfter).toISOString(),
      daysLeft: daysLeft({ notAfter }, now),
    })),
  };
}

/** `tls 0.0.0.0:8883, TLS 1.2 or newer, ..., certificate example.org until 2027-02-01`. */
export function startLine({ transport, address, asks, certificates }: ListenerRow): string {
  const shownOnes = certificates.map(({ names: [name = ""], expires }) =>
    `certificate ${shown(name)} until ${expires.slice(0, 10)}`
  );
  return [`${transport} ${address}`, ...asks, ...shownOnes].join(", ");
}

/** What it asks of clients beside MQTT, in words. */
function asksOf({ tls, proxyProtocol, webSocket }: ListenerConfig): string[] {
  return [
    ...(proxyProtocol ? ["expects the PROXY protocol"] : []),
    ...(tls === undefined ? [] : tlsWords(tls)),
    ...(webSocket?.path === undefined ? [] : [`path ${webSocket.path}`]),
    ...(webSocket?.origins === undefined ? [] : [`pages of ${webSocket.origins.join(" ")}`]),
  ];
}

function tlsWords(
  { minVersion, verifyClient, alpn }: NonNullable<ListenerConfig["tls"]>,
): string[] {
  return [
    minVersion === "1.3" ? "TLS 1.3" : "TLS 1.2 or newer",
    ...(alpn === undefined ? [] : [`ALPN ${alpn.join(" ")}`]),
    verifyClient === "none"
      ? "asks for no client certificate"
      : `asks for a client certificate (${verifyClient})`,
  ];
}
