/**
 * One connection to a SQL server: a driver's session over a socket of ours. Invariants: it is dead from the moment
 * that either of them ends, and never alive again; every failure is a SourceError that says whose word it is.
 */
import { SourceError } from "../../sources.ts";
import { certificateName, connecting, lost, ServerSocket } from "./socket.ts";
import type { SqlConnection, SqlLogin, SqlResult, SqlValue } from "./types.ts";

/** What a driver does over a socket, in its own way. */
export interface DriverSession {
  /** Tells when the driver has lost its connection. */
  onEnd(listener: () => void): void;
  login(): Promise<void>;
  query(statement: string, values: readonly SqlValue[]): Promise<SqlResult>;
  /** The server's own word as an error of this source; undefined for all else: then the connection failed. */
  replyOf(error: unknown): SourceError | undefined;
  /** Lets go; the socket is destroyed behind it. */
  end(): void;
}

/** A session and its socket. */
export class SocketConnection implements SqlConnection {
  readonly #session: DriverSession;
  readonly #socket: ServerSocket;
  #isAlive = true;

  private constructor(session: DriverSession, socket: ServerSocket) {
    this.#session = session;
    this.#socket = socket;
    const end = () => this.#isAlive = false;
    session.onEnd(end);
    socket.once("close", end);
  }

  /**
   * Connects and logs in.
   * @param begin Makes the driver's session, which connects when it is told to log in.
   * @throws {SourceError}
   */
  static open(
    login: SqlLogin,
    signal: AbortSignal,
    begin: (socket: ServerSocket) => DriverSession,
  ): Promise<SocketConnection> {
    const socket = new ServerSocket(login.server, certificateName(login));
    return connecting(socket, signal, async () => {
      const session = begin(socket);
      const opened = new SocketConnection(session, socket);
      await opened.#understood(session.login());
      return opened;
    });
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  query(statement: string, values: readonly SqlValue[]): Promise<SqlResult> {
    return this.#understood(this.#session.query(statement, values));
  }

  destroy(): void {
    this.#isAlive = false;
    this.#session.end();
    this.#socket.destroy();
  }

  async #understood<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof SourceError) throw error;
      throw this.#session.replyOf(error) ?? lost(this.#socket, error);
    }
  }
}
