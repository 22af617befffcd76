/** What the tests of the management endpoint share: a peer that speaks raw lines, and a server with commands. */
import { type CommandRunner, ManagementServer } from "../../lib/manage/server.ts";
import type { ManagementConfig } from "../../lib/config/types.ts";
import { LineReader } from "../../lib/manage/lines.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { within } from "../support/raw_client.ts";
import { writeAll } from "../../lib/io.ts";

const MAX_LINE = 32 * 1024 * 1024;

/** A connection to an endpoint, in lines. Use `using`. */
export class RawPeer implements Disposable {
  readonly #connection: Deno.Conn;
  readonly #lines: LineReader;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
    this.#lines = new LineReader(connection, MAX_LINE);
  }

  static async dial(path: string): Promise<RawPeer> {
    return new RawPeer(await Deno.connect({ transport: "unix", path }));
  }

  static async dialPort(port: number): Promise<RawPeer> {
    return new RawPeer(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Sends bytes as they are. */
  send(bytes: Uint8Array | string): Promise<void> {
    const raw = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    return writeAll(this.#connection, raw);
  }

  /** Sends a value as a line. */
  say(value: unknown): Promise<void> {
    return this.send(JSON.stringify(value) + "\n");
  }

  /** The next line, as JSON. */
  async hear(): Promise<Record<string, unknown>> {
    const line = await within(this.#lines.next(), "a line");
    if (line === undefined) throw new Error("the connection was closed");
    return JSON.parse(line);
  }

  /** Waits until the other side has closed; whatever it said before is thrown away. */
  async closed(): Promise<void> {
    const read = async () => {
      const buffer = new Uint8Array(65_536);
      while (await this.#connection.read(buffer).catch(() => null) !== null);
    };
    await within(read(), "the end of the connection");
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

/** A server whose commands and time are the test's. */
export class TestServer implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly log: readonly string[];
  readonly where: string;
  readonly server: ManagementServer;

  private constructor(server: ManagementServer, clock: FakeClock, log: string[]) {
    this.server = server;
    this.clock = clock;
    this.log = log;
    this.where = server.where;
  }

  static async start(config: ManagementConfig, runner: CommandRunner): Promise<TestServer> {
    const clock = new FakeClock();
    const log: string[] = [];
    const note = (level: string) => (line: string) => void log.push(`${level}: ${line}`);
    const server = await ManagementServer.open(config, {
      logger: {
        debug: note("debug"),
        info: note("info"),
        warn: note("warn"),
        error: note("error"),
        isEnabledFor: () => true,
      },
      loadRunner: () => Promise.resolve(runner),
      clock,
    });
    return new TestServer(server, clock, log);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return within(this.server.close(), "the end of the server");
  }
}
