/**
 * Tells at once that no server can be reached, where the driver would go on looking until its time is up.
 * Invariant: it speaks up only when every server that the driver knows has just failed.
 */
import type { MongoClient } from "mongodb";

/** Listens to what the driver finds out about its servers. */
export class OutageWatch {
  readonly #failing = new Set<string>();
  readonly #waiting = new Set<(reason: Error) => void>();
  #servers: readonly string[] = [];

  constructor(client: MongoClient) {
    client.on("topologyDescriptionChanged", ({ newDescription }) => {
      this.#servers = [...newDescription.servers.keys()];
    });
    client.on("serverHeartbeatSucceeded", ({ connectionId }) => this.#failing.delete(connectionId));
    client.on("serverHeartbeatFailed", ({ connectionId, failure }) => {
      this.#failing.add(connectionId);
      if (this.#servers.every((server) => this.#failing.has(server))) this.#tell(failure);
    });
  }

  /** What the work gives, or the failure that is seen while it goes on. */
  async orOutage<T>(work: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    this.#waiting.add(reject);
    try {
      return await Promise.race([work, promise]);
    } finally {
      this.#waiting.delete(reject);
      work.catch(() => {}); // no one waits for it any more
    }
  }

  #tell(failure: Error): void {
    for (const reject of this.#waiting) reject(failure);
  }
}
