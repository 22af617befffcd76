/**
 * Handshakes on top of a listener's connections: what stands in front of MQTT (PROXY protocol, WebSocket). Invariant:
 * they follow one another on one connection and cost no other connection time; who counts and times them gets one
 * promise for all of them.
 */
import type { ListenerConfig } from "../../config/types.ts";
import type { ByteStream, Peer } from "../stream.ts";
import type { Arrived, Incoming, Listener, ShownCertificate } from "./listener.ts";

/** One handshake: what is known before it -> what is known behind it. Rejects with why there is no connection. */
export type Layer = (below: Arrived) => Promise<Arrived>;

/** The layers that a listener's configuration asks for. */
export type LayersOf = (config: ListenerConfig) => Promise<readonly Layer[]>;

/** A listener whose connections go through layers, the first one first. */
export class LayeredListener implements Listener {
  readonly #below: Listener;
  readonly #layersOf: LayersOf;
  #layers: readonly Layer[];

  private constructor(below: Listener, layers: readonly Layer[], layersOf: LayersOf) {
    this.#below = below;
    this.#layers = layers;
    this.#layersOf = layersOf;
  }

  /** Takes over what `open` gives; rejects as that does, or with why there can be no such layers. */
  static async open(
    config: ListenerConfig,
    layersOf: LayersOf,
    open: () => Promise<Listener>,
  ): Promise<LayeredListener> {
    const layers = await layersOf(config);
    return new LayeredListener(await open(), layers, layersOf);
  }

  get address(): string {
    return this.#below.address;
  }

  get port(): number {
    return this.#below.port;
  }

  run(accept: (incoming: Incoming) => void, failed: (cause: unknown) => void): Promise<void> {
    return this.#below.run((incoming) => {
      const layers = this.#layers;
      accept(layers.length === 0 ? incoming : new Passage(incoming, layers));
    }, failed);
  }

  close(): void {
    this.#below.close();
  }

  get certificates(): readonly ShownCertificate[] {
    return this.#below.certificates ?? [];
  }

  async update(config: ListenerConfig): Promise<readonly string[]> {
    const layers = await this.#layersOf(config);
    const problems = await this.#below.update?.(config) ?? [];
    if (problems.length === 0) this.#layers = layers;
    return problems;
  }
}

/** One connection on its way through the layers. */
class Passage implements Incoming {
  readonly stream: ByteStream;
  readonly handshake: Promise<Arrived>;
  #peer: Peer;

  constructor(incoming: Incoming, layers: readonly Layer[]) {
    this.stream = incoming.stream;
    this.#peer = incoming.peer;
    this.handshake = this.#through(incoming, layers);
  }

  get peer(): Peer {
    return this.#peer;
  }

  async #through({ stream, peer, handshake }: Incoming, layers: readonly Layer[]) {
    let arrived: Arrived = handshake === undefined ? { stream, peer } : await handshake;
    for (const layer of layers) {
      this.#peer = arrived.peer;
      arrived = await layer(arrived);
    }
    return arrived;
  }
}
