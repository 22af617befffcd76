/**
 * Publishing for a caller: under the rules and laws of their user, as if a client of theirs had sent it; without a user,
 * and for a superuser, in the broker's own name. Invariant: what a client would not get through is refused, with why.
 */
import { decodeBase64 } from "../../encoding.ts";
import type { ReadArgsOf, ResultOf } from "../../manage/commands.ts";
import type { Caller } from "../../plugin/management.ts";
import type { OutgoingMessage } from "../../plugin/types.ts";
import type { OutgoingPublish } from "../../session/outgoing.ts";
import { messageOf, UserError } from "../../user_error.ts";
import { ProtocolError } from "../../wire/errors.ts";
import type { Properties } from "../../wire/properties.ts";
import { broadcast, outgoingOf } from "../broadcast.ts";
import type { ClientInfo } from "../client_info.ts";
import type { Core } from "../core.ts";
import { offerObjection, reservedObjection } from "../laws.ts";
import { areAllFull } from "../packets/publish_v5.ts";
import { noteDenied } from "../packets/denials.ts";
import { findRoute } from "../route.ts";
import { needsJournal } from "../unstored.ts";
import { clientOf, mayPublish } from "./caller_rights.ts";

type Asked = ReadArgsOf<"publish">;

/** The longest packet's fixed header and lengths. */
const FRAME_BYTES = 16;

/** Publishes to one broker. */
export class PublishDesk {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** @throws UserError for what may not, or cannot, be published */
  async publish(asked: Asked, caller: Caller): Promise<ResultOf<"publish">> {
    const { topicName } = asked;
    const core = this.#core;
    const { user } = caller;
    const sender = user === undefined || user.superuser ? undefined : clientOf(user);
    const publish = made(core, asked, sender);
    if (sender !== undefined) await this.#check(publish, sender, caller);
    this.#checkRoom(publish);
    return { topicName, receivers: broadcast(core, publish, sender) };
  }

  /** What is asked of a client's PUBLISH. */
  async #check(publish: OutgoingPublish, sender: ClientInfo, caller: Caller): Promise<void> {
    const core = this.#core;
    const { limits, access } = core.config;
    const objection = offerObjection("message", limits, publish) ??
      reservedObjection(publish.topicName, access.allowDollarTopics);
    if (objection !== undefined) throw new UserError(objection.text);
    const { allowed, because } = await mayPublish(core, caller, publish);
    if (allowed) return;
    noteDenied(core, sender, publish, because);
    const name = JSON.stringify(publish.topicName);
    throw new UserError(`${caller.name} may not publish to ${name}: ${because}`);
  }

  /** No one waits here for a slow receiver or a full disk: it is refused, so that it can be tried again. */
  #checkRoom(publish: OutgoingPublish): void {
    const core = this.#core;
    const { maxPacketSize, fullQueue } = core.config.limits;
    const bytes = publish.size + FRAME_BYTES;
    if (bytes > maxPacketSize) {
      throw new UserError(`a packet of ${bytes} bytes; max_packet_size is ${maxPacketSize}`);
    }
    if (publish.qos === 0 && core.memory.dropsQos0) throw new UserError("memory is short");
    const route = findRoute(core, publish.topicName);
    if (fullQueue === "refuse" && publish.qos > 0 && areAllFull(route, publish)) {
      throw new UserError("the queue of every receiver is full");
    }
    if (core.journal?.refuses && needsJournal(publish, route)) {
      throw new UserError("it cannot be kept: the storage takes nothing");
    }
  }
}

/** @throws UserError for what MQTT cannot carry */
function made(core: Core, asked: Asked, sender: ClientInfo | undefined): OutgoingPublish {
  const { topicName, qos, retain } = asked;
  const message: OutgoingMessage = {
    topicName,
    qos,
    retain,
    payload: asked.encoding === "text" ? asked.payload : bytesOf(asked.payload),
    properties: propertiesOf(asked),
  };
  try {
    return outgoingOf(core, message, sender === undefined ? "broker" : "client");
  } catch (cause) {
    const isOfMessage = cause instanceof ProtocolError || cause instanceof RangeError ||
      cause instanceof TypeError;
    if (isOfMessage) throw new UserError(messageOf(cause), { cause });
    throw cause;
  }
}

function bytesOf(text: string): Uint8Array {
  if (/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) return decodeBase64(text);
  throw new UserError("the payload is no base64");
}

function propertiesOf(asked: Asked): Properties {
  const { contentType, responseTopic, messageExpiryInterval, userProperties } = asked;
  return {
    contentType,
    responseTopic,
    messageExpiryInterval,
    userProperties: userProperties?.map(({ name, value }) => [name, value] as const),
  };
}
