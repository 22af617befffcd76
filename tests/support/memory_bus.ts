/**
 * A bus within one process: members with links that carry copies of the bytes, in order, in later microtasks.
 */
import type { Bus } from "../../lib/bus/bus.ts";
import { Link } from "../../lib/bus/link.ts";
import { MeshBus } from "../../lib/bus/mesh.ts";
import { until } from "./until.ts";

class MemoryLink extends Link {
  readonly #give: (batch: Uint8Array) => void | Promise<void>;
  #given: Promise<void> = Promise.resolve();
  underWay = 0;
  #unread = 0;
  #gate: Promise<void> | undefined;
  /** Bytes under way. */
  fullAt = Infinity;

  constructor(give: (batch: Uint8Array) => void | Promise<void>) {
    super();
    this.#give = give;
  }

  /** Nothing arrives until this is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  override flush(): void {
    const batch = this.take(new Uint8Array(1024));
    this.underWay++;
    this.#unread += batch.length;
    this.#given = this.#given.then(async () => {
      await this.#gate;
      await this.#give(batch);
      this.underWay--;
      this.#unread -= batch.length;
    });
  }

  override get isFull(): boolean {
    return this.fullAt <= this.length + this.#unread;
  }

  override whenRoom(): Promise<void> {
    this.flush();
    return this.#given;
  }

  override async close(): Promise<void> {
    if (this.length > 0) this.flush();
    await this.#given;
  }
}

/** Members, each linked to every other. */
export class MemoryBus {
  readonly members: readonly MeshBus[];
  /** All of them, those of the first member first. */
  readonly links: MemoryLink[] = [];

  /** @param isConnected are the links there from the beginning? */
  constructor(count: number, isConnected = true) {
    this.members = Array.from({ length: count }, (_, i) => new MeshBus(i, count));
    if (isConnected) this.connect();
  }

  /** The links come up. */
  connect(): void {
    const { members } = this;
    for (const [from, member] of members.entries()) {
      for (const [to, other] of members.entries()) {
        if (from === to) continue;
        const link = new MemoryLink((batch) => other.receive(from, batch));
        this.links.push(link);
        member.connect(to, link);
      }
    }
  }

  /** The bus of one broker. */
  of(member: number): Bus {
    return this.members[member]!;
  }

  /** Resolves when nothing is on its way. */
  async quiet(): Promise<void> {
    await until(
      () => this.links.every(({ length, underWay }) => length + underWay === 0),
      "a quiet bus",
    );
  }
}
