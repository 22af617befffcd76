/**
 * This broker as a member of a bus: what comes from others. Invariants: a message that comes is delivered here and sent
 * to no one else; a member that sends waits for slow receivers here as a publisher of our own does.
 */
import type { BusMember, Claim, Flushed, Granted } from "../../bus/bus.ts";
import type { Incoming } from "../../bus/incoming.ts";
import { LocalBus } from "../../bus/local.ts";
import { Patience } from "../../net/write_budget.ts";
import { OutgoingPublish } from "../../session/outgoing.ts";
import { sharedFilter } from "../../topic/filter.ts";
import { messageOf } from "../../user_error.ts";
import { ReasonCode } from "../../wire/codes.ts";
import { readPublishProperties } from "../../wire/message_properties.ts";
import { arrived } from "../broadcast.ts";
import type { Core } from "../core.ts";
import { deliverInSlices, deliverToOne, dropped } from "../deliver.ts";
import { Drop } from "../drops.ts";
import { type Route, routeOf } from "../route.ts";
import type { TopicEntry } from "../../topic/topic_cache.ts";
import type { BrokerSession } from "../sessions.ts";
import { groupOf } from "../shared.ts";
import { moveOut } from "./moving.ts";
import { copyRun } from "./runs.ts";

const NO_GROUPS = [] as const;
const NOTHING: Granted = { isRefused: false, state: undefined };
const REFUSED: Granted = { isRefused: true, state: undefined };
const TAKEN_OVER = {
  code: ReasonCode.SESSION_TAKEN_OVER,
  text: "session taken over at another member of the bus",
};

/**
 * Takes part in the bus of this core, where it has one; resolves when the others are known.
 * @throws Error where the core has a journal: what would go to another member is in it
 */
export async function joinBus(core: Core): Promise<void> {
  if (core.bus instanceof LocalBus) return;
  if (core.journal !== undefined) throw new Error("a member of a bus has no storage");
  core.tree.watcher = (topicFilter, group, by) => {
    core.bus.subscribed(group === undefined ? topicFilter : sharedFilter(group, topicFilter), by);
  };
  await core.bus.join(new CoreMember(core));
}

class CoreMember implements BusMember {
  readonly #core: Core;
  readonly #patience: Patience;
  #lastTopic: TopicEntry<Route> | undefined;

  constructor(core: Core) {
    this.#core = core;
    this.#patience = new Patience(core.net.now);
  }

  interestChanged(): void {
    this.#core.tree.outdate();
  }

  message(incoming: Incoming): void | Promise<void> {
    const core = this.#core;
    const entry = this.#entryOf(incoming);
    const publish = outgoing(incoming, entry);
    if (publish.qos === 0 && core.memory.dropsQos0) {
      return dropped(core, undefined, publish, Drop.MEMORY_SHORT);
    }
    core.net.budget.pressed = undefined;
    arrived(core, publish, incoming.publisher, incoming.isKept);
    for (const filter of incoming.groups) {
      const group = groupOf(core, filter);
      if (group !== undefined) deliverToOne(core, group, publish);
    }
    const delivering = incoming.isPlain ? this.#deliver(entry, publish) : undefined;
    const waiting = this.#waitForPressed();
    return delivering === undefined ? waiting : delivering.then(() => waiting);
  }

  run(incoming: Incoming): void | Promise<void> {
    const { budget } = this.#core.net;
    const { recipients } = routeOf(this.#core, this.#entryOf(incoming));
    budget.pressed = undefined;
    if (copyRun(this.#core, recipients, incoming)) return this.#waitForPressed();
    return this.#oneByOne(incoming);
  }

  #oneByOne(incoming: Incoming): void | Promise<void> {
    for (;;) {
      const waiting = this.message(incoming);
      const next = incoming.cursor.end;
      const isLast = next === incoming.end;
      if (!isLast) incoming.readAt(next);
      if (waiting !== undefined) {
        return isLast ? waiting : waiting.then(() => this.#oneByOne(incoming));
      }
      if (isLast) return;
    }
  }

  /** To those alone: whose turn it is in a shared subscription its sender says. */
  #deliver(entry: TopicEntry<Route>, publish: OutgoingPublish): void | Promise<void> {
    const route = routeOf(this.#core, entry);
    const { recipients, groups } = route;
    const plain = groups.length === 0
      ? route
      : { recipients, groups: NO_GROUPS, beyond: undefined };
    return deliverInSlices(this.#core, plain, publish);
  }

  /** A publisher's messages come in runs. */
  #entryOf({ bytes, fields: { topicStart, topicEnd } }: Incoming): TopicEntry<Route> {
    const last = this.#lastTopic;
    if (last !== undefined && last.equals(bytes, topicStart, topicEnd)) return last;
    const entry = this.#core.topics.lookUp(bytes, topicStart, topicEnd);
    this.#lastTopic = entry.isShort ? entry : undefined;
    return entry;
  }

  /** For those whom the message has filled up. */
  #waitForPressed(): void | Promise<void> {
    const { budget } = this.#core.net;
    const { pressed } = budget;
    if (pressed === undefined) return;
    budget.pressed = undefined;
    return this.#patience.waitFor(pressed);
  }

  flushLater(one: Flushed): void {
    this.#core.net.flushQueue.add(one);
  }

  giveUp({ clientId, username, isProven, wantsNew }: Claim): Granted {
    const core = this.#core;
    const session = core.sessions.get(clientId);
    if (session === undefined) return NOTHING;
    const isAnothers = belongsToAnother(session, username, isProven);
    if (isAnothers && core.config.access.takeover === "same_user") return REFUSED;
    session.connection?.connection.close(TAKEN_OVER);
    const left = core.sessions.get(clientId); // closing may have ended it
    if (left === undefined) return NOTHING;
    if (!wantsNew && !isAnothers) return { isRefused: false, state: moveOut(core, left) };
    core.endSession(left); // [MQTT-3.1.2-6]
    return NOTHING;
  }

  *retained(): Generator<OutgoingPublish | undefined> {
    for (const message of this.#core.retained.all()) {
      if (message === undefined || message.topicName.startsWith("$SYS")) yield undefined;
      else yield OutgoingPublish.of(message, this.#core.clock.now());
    }
  }

  failed(cause: unknown): void {
    this.#core.logger.error(`the bus: ${messageOf(cause)}`);
  }

  pause(): Promise<void> {
    return this.#core.net.turn.pause();
  }
}

function outgoing(incoming: Incoming, { topicName, bytes: topic }: TopicEntry<Route>) {
  const { bytes, cursor, isV5, payloadLength, fields } = incoming;
  const { qos, retain, propertiesStart, payloadStart } = fields;
  const frame = bytes.subarray(cursor.start, cursor.end);
  const carried = isV5
    ? readPublishProperties(bytes, propertiesStart, payloadStart).carried
    : undefined;
  return OutgoingPublish.fromFrame(
    frame,
    isV5,
    payloadLength,
    topicName,
    topic,
    qos,
    retain,
    carried,
  );
}

/** See sessionOfAnother in packets/connect.ts: a claimed name is not a proven one. */
function belongsToAnother(
  { holder }: BrokerSession,
  username: string | undefined,
  isProven: boolean,
): boolean {
  if (holder?.username !== username) return true;
  return username !== undefined && holder?.isProven !== isProven;
}
