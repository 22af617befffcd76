/**
 * Which members of shared subscriptions can take messages now, and how many: found before any is given, so that what no
 * one can take stays where it is. Invariants: only members that are there and may have the message are chosen, in turn,
 * and none beyond the room in its queue; once no member has room for one, the later ones of its group stay too.
 */
import { type Message, sizeOf } from "../session/message.ts";
import type { Core } from "./core.ts";
import { optionsFor, receiveRuling } from "./deliver.ts";
import type { RecipientGroup } from "./route.ts";
import type { BrokerSession } from "./sessions.ts";

/** Messages that are looked at in one piece. */
const MOST = 1024;

/** What a member is to be given. */
interface Share {
  messages: number;
  bytes: number;
}

/** A search for members. */
export class SharedRoom {
  readonly #core: Core;
  readonly #from: BrokerSession;
  readonly #shares = new Map<BrokerSession, Share>();
  readonly #full = new Set<RecipientGroup>();
  /** The members that were chosen, in the order of the messages. */
  readonly chosen: BrokerSession[] = [];

  /** @param from the session whose messages they are, which is not chosen */
  constructor(core: Core, from: BrokerSession) {
    this.#core = core;
    this.#from = from;
  }

  /** There may be more to be chosen, when what is chosen now has been given. */
  get isUsedUp(): boolean {
    return this.#full.size > 0 || this.chosen.length === MOST;
  }

  /** Is there a member for this message? Then it is chosen. */
  find(group: RecipientGroup, message: Message): boolean {
    if (this.chosen.length === MOST || this.#full.has(group)) return false;
    const bytes = sizeOf(message);
    for (const member of group.inTurn()) {
      const share = this.#shares.get(member);
      if (!this.#mayHave(member, group, message) || !this.#hasRoom(member, bytes, share)) continue;
      this.#shares.set(member, plus(share, bytes));
      this.chosen.push(member);
      return true;
    }
    this.#full.add(group);
    return false;
  }

  #mayHave(member: BrokerSession, group: RecipientGroup, message: Message): boolean {
    if (member === this.#from || member.connection === undefined) return false;
    const { access } = this.#core;
    if (optionsFor(member, group.members.get(member)!, message) === undefined) return false;
    return !access.hasReceiveRules || receiveRuling(this.#core, member, message).allowed;
  }

  #hasRoom(member: BrokerSession, bytes: number, share: Share | undefined): boolean {
    if (share === undefined && member.isReady) return true;
    if (this.#core.memory.keepsNothing) return false;
    return member.canQueue(bytes + (share?.bytes ?? 0), 1 + (share?.messages ?? 0));
  }
}

function plus(share: Share | undefined, bytes: number): Share {
  if (share === undefined) return { messages: 1, bytes };
  share.messages++;
  share.bytes += bytes;
  return share;
}
