/**
 * From a listener's configuration to an open listener: here every transport begins. What is rarely used is imported
 * when a listener asks for it. Invariant: what can be checked without an address is checked before one is opened.
 */
import type { ListenerConfig } from "../../config/types.ts";
import { type Layer, LayeredListener } from "../../net/listen/layered.ts";
import type { Listener } from "../../net/listen/listener.ts";
import { TcpListener } from "../../net/listen/tcp.ts";
import type { TlsServices } from "../../net/listen/tls.ts";
import { UserError } from "../../user_error.ts";

/** Binds the address of a listener; rejects with what the system says, or with a UserError. */
export async function openListener(
  config: ListenerConfig,
  services: TlsServices,
): Promise<Listener> {
  return await LayeredListener.open(config, layersOf, () => openTransport(config, services));
}

async function openTransport(config: ListenerConfig, services: TlsServices): Promise<Listener> {
  const { tls, socketFile, hostname, port } = config;
  if (tls !== undefined) {
    const { TlsListener } = await import("../../net/listen/tls.ts");
    return await TlsListener.open(config, services);
  }
  if (socketFile !== undefined) return notYet("unix sockets");
  return new TcpListener(hostname, port);
}

async function layersOf({ tls, webSocket, proxyProtocol }: ListenerConfig): Promise<Layer[]> {
  const layers: Layer[] = [];
  // Under TLS the header comes before the handshake: the listener reads it itself.
  if (proxyProtocol && tls === undefined) layers.push(await notYet("the PROXY protocol"));
  if (webSocket !== undefined) layers.push(await notYet("WebSocket"));
  return layers;
}

function notYet(what: string): Promise<never> {
  return Promise.reject(new UserError(`this version has no ${what}`));
}
