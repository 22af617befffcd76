/**
 * What a client's connections have in common, and the opening of one. Invariant: the password goes into CONNECT and
 * nowhere else.
 */
import type { ClientConfig } from "./config_types.ts";
import { BufferPool } from "../net/buffer_pool.ts";
import type { NetServices } from "../net/connection.ts";
import { FlushQueue } from "../net/flush_queue.ts";
import { Traffic } from "../net/stream.ts";
import { Turn } from "../net/turn.ts";
import { WriteBudget } from "../net/write_budget.ts";
import type { ConnectPacket } from "../wire/packets.ts";
import type { ClientPlugins } from "./client_plugins.ts";
import type { ClientClock } from "./clock.ts";
import { Link } from "./link.ts";
import type { ClientSession } from "./session.ts";
import { dial } from "../net/transport/dial.ts";

/** So long messages may keep the event loop before timers and others have their turn, milliseconds. */
const WORK_MS = 15;
const ENCODER = new TextEncoder();

/** Opens one client's connections. */
export class Connector {
  readonly #config: ClientConfig;
  readonly #clientId: string;
  readonly #clock: ClientClock;
  readonly #session: ClientSession;
  readonly #services: NetServices;

  constructor(
    config: ClientConfig,
    clientId: string,
    clock: ClientClock,
    session: ClientSession,
  ) {
    this.#config = config;
    this.#clientId = clientId;
    this.#clock = clock;
    this.#session = session;
    this.#services = {
      pool: new BufferPool(),
      flushQueue: new FlushQueue(),
      turn: new Turn(clock.now, WORK_MS),
      traffic: new Traffic(),
      budget: new WriteBudget(Infinity),
      now: clock.now,
    };
  }

  /** What all its connections have carried. */
  get traffic(): Traffic {
    return this.#services.traffic;
  }

  /** Opens a connection and sends CONNECT; rejects with whatever the system says, or the signal's reason. */
  async open(plugins: ClientPlugins, signal: AbortSignal): Promise<Link> {
    const config = this.#config;
    const stream = await dial(config, signal);
    return new Link(stream, this.#connectPacket(), {
      services: this.#services,
      clock: this.#clock,
      session: this.#session,
      maxPacketSize: config.maxPacketSize,
      pingAfter: config.pingAfter,
      silenceLimit: config.pingAfter + config.keepAlive * 1000,
      ackTimeout: config.ackTimeout,
      observeReceived: plugins.packetReceived,
      observeSent: plugins.packetSent,
    });
  }

  #connectPacket(): ConnectPacket {
    const { cleanSession, keepAlive, will, username, password } = this.#config;
    return {
      type: "connect",
      protocolLevel: 4,
      clientId: this.#clientId,
      cleanSession,
      keepAlive,
      will,
      username,
      password: password === undefined ? undefined : ENCODER.encode(password),
    };
  }
}
