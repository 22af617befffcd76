/**
 * From a listener's configuration to an open listener: here every transport begins. What is rarely used is imported
 * when a listener asks for it. Invariant: what can be checked without an address is checked before one is opened.
 */
import type { ListenerConfig } from "../../config/types.ts";
import { type Layer, LayeredListener } from "../../net/listen/layered.ts";
import type { Listener } from "../../net/listen/listener.ts";
import { TcpListener } from "../../net/listen/tcp.ts";
import type { TlsServices } from "../../net/listen/tls.ts";

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
    const { TlsListener }: typeof import("../../net/listen/tls.ts") = await import(
      new URL("../../net/listen/tls.ts", import.meta.url).href
    );
    return await TlsListener.open(config, services);
  }
  if (socketFile === undefined) return new TcpListener(hostname, port);
  const { UnixListener } = await import("../../net/listen/unix.ts");
  return UnixListener.open(socketFile);
}

async function layersOf(config: ListenerConfig): Promise<Layer[]> {
  const { tls, socketFile, webSocket, proxyProtocol, trustedProxies } = config;
  const layers: Layer[] = [];
  // Under TLS the header comes before the handshake: the listener reads it itself.
  if (proxyProtocol && tls === undefined) {
    const { proxyLayer }: typeof import("../../net/listen/proxy_layer.ts") = await import(
      new URL("../../net/listen/proxy_layer.ts", import.meta.url).href
    );
    layers.push(proxyLayer(socketFile === undefined ? trustedProxies : undefined));
  }
  if (webSocket !== undefined) {
    const { webSocketLayer }: typeof import("../../net/listen/web_socket.ts") = await import(
      new URL("../../net/listen/web_socket.ts", import.meta.url).href
    );
    // Where they send the header of the PROXY protocol, X-Forwarded-For could be anyone's.
    const believed = proxyProtocol ? [] : trustedProxies;
    layers.push(webSocketLayer({ ...webSocket, trustedProxies: believed }));
  }
  return layers;
}
