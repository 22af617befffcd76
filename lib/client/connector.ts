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
import { type Authentication, AuthenticationRun } from "./authentication.ts";
import type { ClientPlugins } from "./client_plugins.ts";
import type { ClientClock } from "./clock.ts";
import { Link } from "./link.ts";
import { configuredAuthentication } from "./configured_authentication.ts";
import type { ServerInfo } from "./server_info.ts";
import type { ClientSession } from "./session.ts";
import { dial } from "../net/transport/dial.ts";

/** So long messages may keep the event loop before timers and others have their turn, milliseconds. */
const WORK_MS = 15;
const ENCODER = new TextEncoder();

/** Opens one client's connections. */
export class Connector {
  readonly #config: ClientConfig;
  readonly #clock: ClientClock;
  readonly #session: ClientSession;
  readonly #services: NetServices;
  /** As configured, or as the broker has chosen it. */
  clientId: string;
  /** What the broker has said at the last CONNACK that let in. */
  server: ServerInfo | undefined;
  #authentication: Authentication | undefined;
  /** Was a session begun that the next connection goes on with? */
  #hasSession = false;

  constructor(
    config: ClientConfig,
    clientId: string,
    clock: ClientClock,
    session: ClientSession,
  ) {
    this.#config = config;
    this.clientId = clientId;
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

  /** A new life begins: `authentication` is for all its connections. */
  begin(authentication: Authentication | undefined): void {
    this.#authentication = authentication ?? configuredAuthentication(this.#config);
    this.#hasSession = false;
  }

  /** What was given to `begin`, or is configured. */
  get authentication(): Authentication | undefined {
    return this.#authentication;
  }

  /** Opens a connection and sends CONNECT; rejects with whatever the system says, or the signal's reason. */
  async open(plugins: ClientPlugins, signal: AbortSignal): Promise<Link> {
    const config = this.#config;
    const run = this.#authentication && new AuthenticationRun(this.#authentication);
    const connect = await this.#connectPacket(run);
    const stream = await dial(config, signal);
    return new Link(stream, connect, {
      services: this.#services,
      clock: this.#clock,
      session: this.#session,
      maxPacketSize: config.maxPacketSize,
      pingDelay: config.pingDelay,
      ackTimeout: config.ackTimeout,
      observeReceived: plugins.packetReceived,
      observeSent: plugins.packetSent,
      accepted: (server) => this.#accepted(server),
    }, run);
  }

  #accepted(server: ServerInfo): void {
    this.server = server;
    this.clientId = server.assignedClientIdentifier ?? this.clientId;
    this.#hasSession = (server.sessionExpiryInterval ?? 0) > 0;
  }

  async #connectPacket(run: AuthenticationRun | undefined): Promise<ConnectPacket> {
    const config = this.#config;
    const { cleanSession, keepAlive, will, username, protocolLevel } = config;
    const password = this.#authentication?.replacesPassword ? undefined : config.password;
    const packet: ConnectPacket = {
      type: "connect",
      protocolLevel,
      clientId: this.clientId,
      // A session that outlives its connection is begun anew once, not with every connection.
      cleanSession: cleanSession && !this.#hasSession,
      keepAlive,
      will,
      username,
      password: password === undefined ? undefined : ENCODER.encode(password),
    };
    if (protocolLevel < 5) return packet;
    const properties = { ...config.connectProperties, ...await run?.next(undefined) };
    return { ...packet, properties };
  }
}
