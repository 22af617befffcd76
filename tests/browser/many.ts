/** Many clients of a broker that cost next to nothing: each is a stream in memory that has sent its CONNECT. */
import type { ByteStream } from "../../lib/net/stream.ts";
import { connect } from "../support/raw_packets.ts";
import { until } from "../support/until.ts";
import type { Dashboard } from "./dashboard.ts";

/** Gives one packet, takes all, and says nothing more until it is closed. */
class Silent implements ByteStream {
  #packet: Uint8Array | undefined;
  readonly #end = Promise.withResolvers<null>();

  constructor(packet: Uint8Array) {
    this.#packet = packet;
  }

  read(into: Uint8Array): Promise<number | null> {
    const packet = this.#packet;
    if (packet === undefined) return this.#end.promise;
    this.#packet = undefined;
    into.set(packet);
    return Promise.resolve(packet.length);
  }

  write(bytes: Uint8Array): Promise<number> {
    return Promise.resolve(bytes.length);
  }

  close(): void {
    this.#end.resolve(null);
  }
}

/** Connects `many-0`, `many-1`, ... */
export async function connectMany({ broker, accept }: Dashboard, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const packet = connect({
      clientId: `many-${index}`,
      username: "admin",
      password: "secret",
      keepAlive: 0,
    });
    accept(new Silent(packet), { address: "192.0.2.1" });
  }
  await until(() => broker.clients.length === count, `${count} clients`);
}
