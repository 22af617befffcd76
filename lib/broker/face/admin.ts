/**
 * The one face for steering a running broker and looking into it: `midge ctl`'s commands and the plugins' context
 * stand on it, a dashboard will. Invariants: what it shows is plain data, made when it is asked for; what changes
 * something says so in the log, with `by`: who asked.
 */
import type { ResultOf, RowOf } from "../../manage/commands.ts";
import type { RunCommand } from "../../manage/runner.ts";
import type { ByteStream } from "../../net/stream.ts";
import type { Metrics } from "../../plugin/metrics.ts";
import type { BrokerConfig, CertificateNames } from "../../config/types.ts";
import type { ClientView, ListenerView, PeerOptions } from "../../plugin/types.ts";
import { NotFoundError, UserError } from "../../user_error.ts";
import { type CloseReason, ReasonCode } from "../../wire/codes.ts";
import type { Door } from "../connections.ts";
import type { Core } from "../core.ts";
import type { BrokerSession } from "../sessions.ts";
import { BanDesk } from "./bans.ts";
import type { ExplainRequest } from "./explain.ts";
import type { ServerOpener } from "./plugin_server.ts";
import { lateRunner } from "./run.ts";
import { lateTokens } from "./token_check.ts";
import type { Tokens } from "./tokens.ts";
import { banRow, parts } from "./rows.ts";
import type { AccessReport } from "../../manage/access_report.ts";

/** How a reload ended: a line for each change, and for each thing that was not reloaded. */
export interface ReloadResult {
  /** What is different now. */
  readonly changes: readonly string[];
  /** What was there before holds. */
  readonly problems: readonly string[];
  /** Who may come in, or do what, that was kept out before. */
  readonly warnings?: readonly string[] | undefined;
}

/** What only the owner of the core can do or knows. */
export interface Control {
  readonly metrics: Metrics;
  readonly listeners: {
    readonly views: readonly ListenerView[];
    readonly rows: RowOf<"listeners">[];
    readonly http: ServerOpener;
  };
  /** Has it started, and not stopped? */
  isRunning(): boolean;
  /** Sources read their rules again; a line for each problem. */
  reloadRules(): Promise<string[]>;
  /** Reads the configuration again; undefined where it did not come from a file. */
  reload(): Promise<ReloadResult> | undefined;
  /** Everything that a start checks of a configuration; a UserError has the problems. */
  check(config: BrokerConfig): Promise<void>;
}

/** Until a stop that was asked for begins, so that its answer is sent. */
const STOP_DELAY_MS = 100;
const KICKED: CloseReason = { code: ReasonCode.ADMINISTRATIVE_ACTION, text: "kicked" };

/** Looks into one core and acts on it. */
export class Admin {
  readonly #core: Core;
  readonly #control: Control;
  readonly #doors = new Map<string, Door>();
  /** Who may not come in. */
  readonly bans: BanDesk;
  /** Has a command of lib/manage done. */
  readonly run: RunCommand;
  /** The tokens for the HTTP API. */
  readonly tokens: () => Promise<Tokens>;
  /** Says a line on the terminal of who has started the broker; undefined: there is none. */
  tell: ((line: string) => void) | undefined;
  /** Ends the program that the broker runs in, in order; undefined: it does not say how. */
  onStop: (() => void) | undefined;

  constructor(core: Core, control: Control) {
    this.#core = core;
    this.#control = control;
    this.bans = new BanDesk(core);
    this.run = lateRunner(core, this);
    this.tokens = lateTokens(core.config.dataDir, core.clock);
  }

  get metrics(): Metrics {
    return this.#control.metrics;
  }

  get listeners(): readonly ListenerView[] {
    return this.#control.listeners.views;
  }

  /** Has the broker started, and not stopped? */
  get isRunning(): boolean {
    return this.#control.isRunning();
  }

  /** Where plugins' HTTP is served. */
  get http(): ServerOpener {
    return this.#control.listeners.http;
  }

  /** The open listeners, with what they ask and the certificates that they show. */
  *listenerRows(): Generator<RowOf<"listeners">[]> {
    yield this.#control.listeners.rows;
  }

  /** The connected clients. */
  *clients(): Generator<ClientView> {
    for (const { info } of this.#core.clients()) yield info;
  }

  /** The bans in force. */
  banRows(): Generator<RowOf<"ban list">[]> {
    return parts(this.bans.list, banRow);
  }

  /**
   * Serves a connection that came in elsewhere, as if a listener had accepted it.
   * @param door the name of the listener that its client is said to have come by, unless the peer names one
   * @returns resolves when the connection is over
   * @throws Error while the broker does not run; the stream is closed then
   */
  async accept(stream: ByteStream, peer: PeerOptions, door: string): Promise<void> {
    if (!this.#control.isRunning()) {
      stream.close();
      throw new Error("the broker does not run; expected one that has started");
    }
    const { address, port = 0, certificate, listener = door, transport = "stream" } = peer;
    const incoming = { stream, peer: { address, port, certificate } };
    const names = { username: peer.certAsUsername, clientId: peer.certAsClientid };
    const ownDoor = this.#doorOf(listener, transport, names);
    await this.#core.connections.accept(incoming, ownDoor, peer);
  }

  /** Closes a client's connection; false when it is not connected. */
  kick(clientId: string): boolean {
    const client = this.#core.sessions.get(clientId)?.connection;
    client?.connection.close(KICKED);
    return client !== undefined;
  }

  /**
   * Ends a session and the connection that has it.
   * @throws UserError for an unknown client id
   */
  endSession(clientId: string): void {
    const session = this.#session(clientId);
    session.connection?.connection.close(KICKED);
    this.#core.endSession(session); // a second time for a clean one, which is no harm
  }

  /**
   * Reads the configuration again.
   * @throws UserError when it did not come from a file
   */
  async reload(): Promise<ReloadResult> {
    const reloaded = this.#control.reload();
    if (reloaded !== undefined) return await reloaded;
    throw new UserError("this broker was not started from a file; there is nothing to read again");
  }

  /**
   * Has the broker stopped soon: who asked is to hear of it.
   * @throws UserError where it is a part of another program
   */
  stopSoon(): void {
    const { onStop } = this;
    if (onStop === undefined) {
      throw new UserError("this broker is a part of another program; end that one");
    }
    this.#core.clock.after(STOP_DELAY_MS, onStop);
  }

  /**
   * Checks a configuration as a start would, without opening anything.
   * @throws UserError with every problem
   */
  check(config: BrokerConfig): Promise<void> {
    return this.#control.check(config);
  }

  /** Has every source read its rules again. */
  async reloadRules(): Promise<ReloadResult> {
    return { changes: [], problems: await this.#control.reloadRules() };
  }

  /**
   * Forgets verdicts, of one client or of all, and asks about living subscriptions again.
   * @throws UserError for an unknown client id
   */
  async cleanCache(clientId?: string): Promise<ResultOf<"acl cache-clean">> {
    const core = this.#core;
    if (clientId === undefined) {
      const clients = core.connectedCount;
      core.forgetVerdicts();
      return { clients, endedSubscriptions: await core.rights.changed() };
    }
    const session = this.#session(clientId);
    core.forgetAnswers(); // a source's memory is not kept by client
    session.connection?.forgetVerdicts();
    const clients = session.connection === undefined ? 0 : 1;
    return { clients, endedSubscriptions: await core.rights.changed(session) };
  }

  /**
   * Why a client may or may not publish, subscribe or receive.
   * @throws UserError for an unknown client id and for a topic that is none
   */
  async explain(request: ExplainRequest): Promise<AccessReport> {
    const { explain } = await import("./explain.ts");
    return await explain(this.#core, request);
  }

  /** One for each name and what goes with it, so that its connections are counted. */
  #doorOf(name: string, type: string, certificateNames: CertificateNames): Door {
    const { username, clientId } = certificateNames;
    const key = [username, clientId, name].join(" ");
    let door = this.#doors.get(key);
    if (door === undefined) {
      door = { name, type, maxConnections: Infinity, connections: 0, certificateNames };
      this.#doors.set(key, door);
    }
    return door;
  }

  #session(clientId: string): BrokerSession {
    const session = this.#core.sessions.get(clientId);
    if (session !== undefined) return session;
    throw new NotFoundError(`no client ${JSON.stringify(clientId)} is known`);
  }
}
