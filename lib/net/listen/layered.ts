/**
 * Handshakes on top of a listener's connections: what stands in front of MQTT (PROXY protocol, WebSocket). Invariant:
 * they follow one another on one connection and cost no other connection time; who counts and times them gets one
 * promise for all of them.
 */
import type { ByteStream, Peer } from "../stream.ts";
import type { Arrived, Incoming, Listener } from "./listener.ts";

/** One handshake: what is known before it -> what is known behind it. Rejects with why there is no connection. */
export type Layer = (below: Arrived) => Promise<Arrived>;

/** A listener whose connections go through layers, the first one first. */
export class LayeredListener implements Listener {
  readonly #below: Listener;
  readonly #layers: readonly Layer[];

  constructor(below: Listener, layers: readonly Layer[]) {
    this.#below = below;
    this.#layers = layers;
  }

  get address(): string {
    return this.#below.address;
  }

  get port(): number {
    return this.#below.port;
  }

  run(accept: (incoming: Incoming) => void, failed: (cause: unknown) => void): Promise<void> {
    return this.#below.run((incoming) => accept(new Passage(incoming, this.#layers)), failed);
  }

  close(): void {
    this.#below.close();
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
