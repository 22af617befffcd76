/** Another member with the link to it. */
import type { BusPeer, Flushed } from "./bus.ts";
import { Incoming } from "./incoming.ts";
import type { Link } from "./link.ts";

/** One of the others. */
export class Peer implements BusPeer, Flushed {
  readonly number: number;
  readonly link: Link;
  readonly incoming = new Incoming();
  isDirty = false;
  /** It has told all that it had. */
  isReady = false;
  /** No stamp that comes from it is lower. */
  lastStamp = 0;
  /** Retained messages from it since it was told of our clock. */
  keptMessages = 0;

  constructor(number: number, link: Link) {
    this.number = number;
    this.link = link;
  }

  get name(): string {
    return `member ${this.number}`;
  }

  flush(): void {
    this.isDirty = false;
    this.link.flush();
  }
}
