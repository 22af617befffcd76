/**
 * What becomes of messages, for those who follow them. Invariants: there is one only while someone follows; what is
 * known of messages is bounded, for acknowledgements come late; one who follows a receiver gets what went before too.
 */
import { BoundedMap } from "../../bounded_map.ts";
import type { Acknowledgement } from "../../session/inflight.ts";
import type { DeliveryTrace, Sending } from "../../session/delivery_trace.ts";
import { Delivery } from "../../session/delivery.ts";
import type { Message } from "../../session/message.ts";
import type { OutgoingPublish } from "../../session/outgoing.ts";
import type { KnownSession } from "../../session/services.ts";
import { type CloseReason, type ReasonCode, reasonName } from "../../wire/codes.ts";
import type { QoS } from "../../wire/packets.ts";
import { Drop } from "../drops.ts";
import type { Route } from "../route.ts";
import type { Follower, TraceEvent } from "./follower.ts";

/** Messages that are remembered for their acknowledgements. */
const MOST_MESSAGES = 1000;

/** A message that is followed, or may be. */
interface Followed {
  readonly id: number;
  readonly topicName: string;
  /** Null: the broker. */
  readonly publisher: string | null;
  /** What happened before it had receivers. */
  readonly before: TraceEvent[];
  /** How much of that each follower has heard. */
  readonly told: Map<Follower, number>;
}

/** Who publishes, or gets something. */
type Known = Pick<KnownSession, "clientId">;

/** A message on its way. */
type Carried = Pick<Message, "order" | "topicName" | "publisher">;

/** A PUBLISH, or a will, as it comes in. */
export interface Received {
  readonly topicName: string;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly bytes: number;
  /** 0: none. */
  readonly topicAlias: number;
}

/** Follows the messages of one broker. */
export class Trace implements DeliveryTrace {
  readonly #epoch: () => number;
  readonly #followers = new Set<Follower>();
  readonly #messages = new BoundedMap<number, Followed>(MOST_MESSAGES);
  /** By publisher: the PUBLISH that is handled, which has no order yet. */
  #handled = new WeakMap<object, Followed>();
  #lastId = 0;

  /** @param epoch milliseconds since 1970 */
  constructor(epoch: () => number) {
    this.#epoch = epoch;
  }

  get followers(): number {
    return this.#followers.size;
  }

  follow(follower: Follower): void {
    this.#followers.add(follower);
  }

  leave(follower: Follower): void {
    this.#followers.delete(follower);
  }

  /** Everyone's events end. */
  end(): void {
    for (const { feed } of this.#followers) feed.end();
  }

  /** A client's PUBLISH has come. */
  received(publisher: Known, { topicName, qos, retain, bytes, topicAlias }: Received): void {
    this.#handled.delete(publisher);
    const message = this.#begin(topicName, publisher.clientId);
    if (message === undefined) return;
    this.#handled.set(publisher, message);
    const alias = topicAlias === 0 ? "" : `, topic alias ${topicAlias}`;
    this.#before(
      message,
      "received",
      `QoS ${qos}${retain ? ", retain" : ""}, ${bytes} bytes${alias}`,
    );
  }

  /** Rules let it pass. */
  allowed(publisher: Known, because: string): void {
    const message = this.#handled.get(publisher);
    if (message !== undefined) this.#before(message, "allowed", because);
  }

  /** It has no receiver, and is not retained. */
  unheard(publisher: Known): void {
    const message = this.#handled.get(publisher);
    this.#handled.delete(publisher);
    if (message !== undefined) this.#before(message, "routed", "no receivers");
  }

  /** It spreads from now on. @param sender undefined: the broker */
  begins(publish: OutgoingPublish, sender: Known | undefined): void {
    const { topicName, order } = publish;
    const handled = sender && this.#handled.get(sender);
    const message = handled ?? this.#begin(topicName, sender?.clientId ?? null);
    if (sender !== undefined) this.#handled.delete(sender);
    if (message === undefined) return;
    this.#messages.set(order, message);
    if (handled !== undefined) return;
    const { qos, retain, payloadLength } = publish;
    const what = sender === undefined ? "of the broker" : "a will";
    this.#before(
      message,
      "published",
      `${what}, QoS ${qos}${retain ? ", retain" : ""}, ${payloadLength} bytes`,
    );
  }

  /** Its receivers are known. */
  routed({ order }: OutgoingPublish, { recipients, groups }: Route): void {
    const message = this.#messages.get(order);
    if (message === undefined) return;
    const shared = groups.length === 0 ? "" : ` and ${groups.length} shared subscriptions`;
    this.#before(message, "routed", `${recipients.length} receivers${shared}`);
  }

  /** It is, or was the retained message of its topic. */
  retained({ order }: OutgoingPublish, what: "kept" | "removed"): void {
    const message = this.#messages.get(order);
    if (message !== undefined) this.#before(message, "retained", what);
  }

  /** A session has taken it, or has not; what has a packet id is told by `sent`. */
  handedOver(session: Known, publish: OutgoingPublish, qos: QoS, how: Delivery): void {
    const detail = `QoS ${qos}`;
    if (how === Delivery.SENT && qos === 0) this.#to(session, publish, "sent", detail);
    else if (how === Delivery.QUEUED) this.#to(session, publish, "queued", detail);
    else if (how === Delivery.ABSENT) {
      this.#to(session, publish, "not sent", "QoS 0, and the client is away");
    }
  }

  sent(session: Known, { message, qos, packetId, isAgain }: Sending): void {
    const id = packetId === 0 ? "" : `, packet id ${packetId}`;
    this.#to(session, message, "sent", `QoS ${qos}${id}${isAgain ? ", again" : ""}`);
  }

  /** @param message undefined: none has this packet id */
  acknowledged(
    session: Known,
    message: Message | undefined,
    packet: Acknowledgement,
    packetId: number,
    code: number,
  ): void {
    if (message === undefined) return;
    const said = code === 0 ? "" : `, ${reasonName(code as ReasonCode)}`;
    this.#to(session, message, "acknowledged", `${packet}, packet id ${packetId}${said}`);
  }

  /** A publisher's message goes nowhere. */
  refused(publisher: Known, publish: OutgoingPublish, reason: CloseReason, rule: string): void {
    const message = this.#messages.get(publish.order) ?? this.#handled.get(publisher);
    this.#handled.delete(publisher);
    if (message !== undefined) this.#before(message, nameOf(reason), detailOf(reason, rule));
  }

  /** A receiver does not get it. */
  dropped(session: Known, publish: OutgoingPublish, reason: CloseReason, rule: string): void {
    this.#to(session, publish, nameOf(reason), detailOf(reason, rule));
  }

  /** Undefined: no one can want it. */
  #begin(topicName: string, publisher: string | null): Followed | undefined {
    if (!this.#followers.values().some((one) => one.mayWant(topicName))) return undefined;
    return { id: ++this.#lastId, topicName, publisher, before: [], told: new Map() };
  }

  /** Something happens to the message itself. */
  #before(message: Followed, event: string, detail: string): void {
    message.before.push(this.#event(message, event, message.publisher, detail));
    for (const follower of this.#followers) {
      const { topicName, publisher } = message;
      if (message.told.has(follower) || follower.wantsAll(topicName, publisher)) {
        this.#tell(message, follower);
      }
    }
  }

  /** Something happens to it on the way to one receiver. */
  #to(
    { clientId }: Known,
    { order, topicName, publisher }: Carried,
    name: string,
    detail: string,
  ): void {
    const message = this.#messages.get(order) ?? this.#begin(topicName, publisher ?? null);
    if (message === undefined) return;
    this.#messages.set(order, message);
    const event = this.#event(message, name, clientId, detail);
    for (const follower of this.#followers) {
      if (
        follower.wantsAll(topicName, message.publisher) ||
        follower.wantsReceiver(topicName, clientId)
      ) {
        this.#tell(message, follower);
        follower.feed.give(event);
      }
    }
  }

  /** A follower hears what it has not heard of the message itself. */
  #tell({ before, told }: Followed, follower: Follower): void {
    for (let at = told.get(follower) ?? 0; at < before.length; at++) {
      follower.feed.give(before[at]!);
    }
    told.set(follower, before.length);
  }

  #event(
    { id, topicName }: Followed,
    event: string,
    clientId: string | null,
    detail: string,
  ): TraceEvent {
    return { at: this.#epoch(), message: id, event, clientId, topicName, detail };
  }
}

const DENIALS: ReadonlySet<CloseReason> = new Set([
  Drop.DENIED,
  Drop.RECEIVE_DENIED,
  Drop.RIGHT_LOST,
  Drop.DOLLAR_TOPIC,
]);

function nameOf(reason: CloseReason): string {
  if (DENIALS.has(reason)) return "denied";
  return reason === Drop.EXPIRED ? "expired" : "dropped";
}

function detailOf({ text }: CloseReason, rule: string): string {
  return rule === "" ? text : rule;
}
