/**
 * The client's half of an MQTT session: what it publishes, what it gets, what it has asked. Outlives its connections.
 * Synchronous. Invariant: attached to at most one connection; a packet that the broker must not send throws
 * ProtocolError.
 */
import { ProtocolError } from "../wire/errors.ts";
import type { FrameCursor } from "../wire/frame.ts";
import type { ConnectPacket, Packet, SubscriptionRequest } from "../wire/packets.ts";
import type { ClientClock } from "./clock.ts";
import type { ClientError } from "./errors.ts";
import { Inbox } from "./inbox.ts";
import { Outbox, type OutboxLimits } from "./outbox.ts";
import { PacketIds } from "./packet_ids.ts";
import { Requests } from "./requests.ts";
import type { PacketSink } from "./packet_sink.ts";
import type { ServerInfo } from "./server_info.ts";

/** Limits of one client; Infinity is none. */
export interface ClientSessionLimits extends OutboxLimits {
  /** Bytes of messages that receivers may have waiting before reading stops. */
  readonly maxReadBacklog: number;
}

/** Outbox, inbox and requests of one client. */
export class ClientSession {
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly requests: Requests;

  constructor(
    limits: ClientSessionLimits,
    clock: ClientClock,
    notRestored: (lost: readonly SubscriptionRequest[], why: string) => void,
  ) {
    const ids = new PacketIds(clock.random());
    this.outbox = new Outbox(limits, ids, clock.now);
    this.requests = new Requests(ids, clock.now, limits, notRestored);
    this.inbox = new Inbox(
      limits.maxReadBacklog,
      () => this.outbox.inflight + this.outbox.queued + this.requests.unanswered > 0,
    );
  }

  /** A connection has been let in; `connect` is what the broker was told, `server` what it has said. */
  attach(
    sink: PacketSink,
    sessionPresent: boolean,
    connect: ConnectPacket,
    server: ServerInfo,
  ): void {
    this.inbox.attach(sink, sessionPresent, connect);
    this.requests.attach(sink, sessionPresent, server);
    this.outbox.attach(sink, sessionPresent, server);
  }

  /** The connection is over. */
  detach(): void {
    this.inbox.detach();
    this.requests.detach();
    this.outbox.detach();
  }

  /** Called every second or so. */
  expire(): void {
    this.outbox.expire();
    this.requests.expire();
  }

  /** The client is closed: no promise stays unsettled. */
  end(error: ClientError, streamError: ClientError | undefined): void {
    this.outbox.fail(error);
    this.requests.fail(error);
    this.inbox.end(streamError);
  }

  /** PUBLISH at the cursor; see Inbox.publish. */
  handlePublish(bytes: Uint8Array, cursor: FrameCursor): void | Promise<void> {
    return this.inbox.publish(bytes, cursor);
  }

  /** Any other packet after CONNACK. */
  handlePacket(packet: Packet): void {
    switch (packet.type) {
      case "puback":
        return this.outbox.acknowledged(packet);
      case "pubrec":
        return this.outbox.received(packet);
      case "pubcomp":
        return this.outbox.completed(packet);
      case "pubrel":
        return this.inbox.released(packet.packetId);
      case "suback":
        return this.requests.subscribed(packet);
      case "unsuback":
        return this.requests.unsubscribed(packet);
      case "pingresp":
        return this.requests.ponged();
      default:
        throw new ProtocolError(`${packet.type.toUpperCase()} from the broker`, "2.2.1");
    }
  }
}
